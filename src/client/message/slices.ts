/** Lets the event loop run before the first piece, and whenever work has gone on for 10 ms: `await pause()` before each. */
export function slices(limitMs = 10): { pause(): Promise<void> } {
  let startMs = -Infinity
  return {
    async pause() {
      if (performance.now() - startMs < limitMs) return
      await new Promise<void>(resolve => setTimeout(resolve, 0))
      startMs = performance.now()
    },
  }
}
