// Where work shows that it goes on: in a view, in the status bar, or as a notification with a cancel button. The only way
// to any of them, so that no name in a title is markup there.
import { ProgressLocation, window, type Disposable, type Progress } from 'vscode'
import type { Format } from '../core/format.js'
import { ProgressMeter } from '../core/upload/progressMeter.js'
import type { TransferProgress } from '../core/upload/transfer.js'
import type { Listen } from '../shared/emitter.js'
import type { ViewId } from '../shared/ids.js'
import { messageText } from '../shared/plainText.js'
import { withSignal } from './abort.js'
import { t } from './translate.js'

export const inView = <T>(viewId: ViewId, act: () => Promise<T>): Thenable<T> =>
  window.withProgress({ location: { viewId } }, act)

/** For what shows elsewhere that it goes on, but not in every editor. */
export const inStatusBar = <T>(title: string, act: () => Promise<T>): Thenable<T> =>
  window.withProgress({ location: ProgressLocation.Window, title: messageText(title) }, act)

/** A notification with a cancel button; VS Code shows it only when the work takes longer than a moment. */
export const cancellable = <T>(
  title: string,
  act: (signal: AbortSignal, progress: NotificationProgress) => Promise<T>,
): Thenable<T> =>
  window.withProgress(notification(title), (progress, token) =>
    withSignal(token, signal => act(signal, plain(progress))),
  )

const notification = (title: string) => ({
  location: ProgressLocation.Notification,
  title: messageText(title),
  cancellable: true,
})

const plain = (progress: NotificationProgress): NotificationProgress => ({
  report: ({ message, ...rest }) =>
    progress.report({ ...rest, ...(message === undefined ? {} : { message: messageText(message) }) }),
})

/** Quick work shows nothing. */
const slowMs = 500

/**
 * For what is often quick: only after a moment a notification with a cancel button appears, for a notification that
 * comes and goes at once would only cover what comes next.
 */
export async function whenSlow<T>(
  title: string,
  act: (signal: AbortSignal) => Promise<T>,
  follow?: (progress: NotificationProgress) => Disposable,
): Promise<T> {
  const controller = new AbortController()
  const running = act(controller.signal)
  const ended = running.then(
    () => undefined,
    () => undefined,
  )
  const timer = setTimeout(() => {
    void window.withProgress(notification(title), async (progress, token) => {
      const following = follow?.(plain(progress))
      token.onCancellationRequested(() => controller.abort())
      await ended
      following?.dispose()
    })
  }, slowMs)
  try {
    return await running
  } finally {
    clearTimeout(timer)
  }
}

type NotificationProgress = Progress<{ message?: string; increment?: number }>

/** An upload or a download. */
interface Moving {
  readonly progress: TransferProgress
  readonly onDidProgress: Listen<void>
}

/** Bytes of bytes and files of files, a few times a second. */
export const transferring = <T>(
  title: string,
  transfer: Moving,
  format: Format,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> =>
  whenSlow(title, act, progress => {
    const meter = new ProgressMeter(() => performance.now())
    const show = () => {
      const report = meter.report(() => transfer.progress)
      if (report) progress.report({ increment: report.increment, message: progressText(report, format) })
    }
    show()
    return transfer.onDidProgress(show)
  })

function progressText({ sentBytes, totalBytes, doneFiles, totalFiles }: TransferProgress, format: Format): string {
  const values = { sent: format.size(sentBytes), total: format.size(totalBytes) }
  if (totalFiles === 1) return t('{sent} of {total}', values)
  const files = { done: format.number(doneFiles), files: format.number(totalFiles) }
  return t('{done} of {files} files, {sent} of {total}', { ...values, ...files })
}
