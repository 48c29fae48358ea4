// Notices that the extension is gone: VS Code keeps showing a page whose extension host has ended, and neither tells the
// page nor connects it to the next host. Counts beats instead of time, so that a page that was busy itself doesn't blame
// the extension.

/** A host that ends is noticed within four beats. */
export const beatMs = 480
const patienceBeats = 3

export class Heartbeat {
  #missed = 0
  #wasHeard = true

  /** `ask` has the extension give a sign of life, `onChange` learns whether it does. */
  constructor(
    ask: () => void,
    private readonly onChange: (isLost: boolean) => void,
  ) {
    setInterval(() => {
      this.#missed = this.#wasHeard ? 0 : this.#missed + 1
      this.#wasHeard = false
      if (this.#missed === patienceBeats) onChange(true)
      ask()
    }, beatMs)
  }

  /** To be called for every message of the extension. */
  heard(): void {
    const wasLost = this.#missed >= patienceBeats
    this.#wasHeard = true
    this.#missed = 0
    if (wasLost) this.onChange(false)
  }
}
