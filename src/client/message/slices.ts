/** Lets the event loop run whenever work has gone on for 10 ms: `await pause()` between pieces. */
export function slices(limitMs = 10): { pause(): Promise<void> } {
  let startMs = performance.now()
  return {
    async pause() {
      if (performance.now() - startMs < limitMs) return
      await new Promise<void>(resolve => setTimeout(resolve, 0))
      startMs = performance.now()
    },
  }
}
