// A secret on the clipboard for a minute. What somebody copied since then stays.
import type { Subscription } from '../shared/emitter.js'

export const clipboardSeconds = 60

export interface Clipboard {
  readText(): PromiseLike<string>
  writeText(text: string): PromiseLike<void>
}

export class SecretClipboard {
  #held: { secret: string; timer: Subscription } | undefined

  constructor(
    private readonly clipboard: Clipboard,
    private readonly after: (delayMs: number, act: () => Promise<void>) => Subscription,
  ) {}

  async copy(secret: string): Promise<void> {
    await this.clipboard.writeText(secret)
    this.#held?.timer.dispose()
    this.#held = { secret, timer: this.after(clipboardSeconds * 1000, () => this.clear()) }
  }

  async clear(): Promise<void> {
    const held = this.#held
    if (!held) return
    this.#held = undefined
    held.timer.dispose()
    if ((await this.clipboard.readText()) === held.secret) await this.clipboard.writeText('')
  }
}
