// When typed text is sent: after a pause, or when typing goes on for long, so that one undo takes back a few words and
// not one letter. VS Code backs a document up a second after its last change, and only that makes text survive a reload:
// so the pause is short, and the longest wait leaves VS Code that second while somebody types on and on.
const pauseMs = 150
const longestMs = 1500

export class Grouping {
  #timer: ReturnType<typeof setTimeout> | undefined
  #firstAt: number | undefined

  constructor(private readonly send: () => void) {}

  typed(): void {
    const now = performance.now()
    this.#firstAt ??= now
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.sendNow(), Math.min(pauseMs, this.#firstAt + longestMs - now))
  }

  sendNow(): void {
    clearTimeout(this.#timer)
    this.#firstAt = undefined
    this.send()
  }
}
