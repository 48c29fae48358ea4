// VS Code's cancellation for everything that takes an `AbortSignal`.
import type { CancellationToken } from 'vscode'

/** Runs `act` with a signal that follows the token, and lets go of the token afterwards. */
export async function withSignal<T>(token: CancellationToken, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  if (token.isCancellationRequested) controller.abort()
  const subscription = token.onCancellationRequested(() => controller.abort())
  try {
    return await act(controller.signal)
  } finally {
    subscription.dispose()
  }
}
