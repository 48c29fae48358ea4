// Between offsets in a text and the lines and characters that an editor speaks of.
import type { TextPosition } from '../../../shared/editorProtocol.js'

/** The lines of one text, which end at `\n`, `\r\n` or `\r`. Places outside of the text become the nearest inside. */
export class LineIndex {
  readonly #text: string
  /** Offset at which each line begins. */
  readonly #starts = [0]

  constructor(text: string) {
    this.#text = text
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      if (unit === 0x0a || (unit === 0x0d && text.charCodeAt(at + 1) !== 0x0a)) this.#starts.push(at + 1)
    }
  }

  positionOf(offset: number): TextPosition {
    let line = 0
    for (let after = this.#starts.length; after - line > 1;) {
      const middle = (line + after) >> 1
      if ((this.#starts[middle] ?? 0) <= offset) line = middle
      else after = middle
    }
    const start = this.#starts[line] ?? 0
    return { line, character: Math.max(0, Math.min(offset, this.#endOf(line)) - start) }
  }

  offsetOf({ line, character }: TextPosition): number {
    if (line < 0) return 0
    const start = this.#starts[line]
    if (start === undefined) return this.#text.length
    return Math.min(start + Math.max(0, character), this.#endOf(line))
  }

  /** Before what ends the line. */
  #endOf(line: number): number {
    const next = this.#starts[line + 1]
    if (next === undefined) return this.#text.length
    return this.#text.startsWith('\r\n', next - 2) ? next - 2 : next - 1
  }
}
