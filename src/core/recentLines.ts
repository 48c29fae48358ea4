// The last lines of the log, kept in memory for whoever reports a problem. What is kept is bounded in both directions.

const maxLines = 300
/** An error with its causes and their stacks fits. */
const maxCharacters = 4000

export interface LogLine {
  readonly timeMs: number
  readonly level: 'debug' | 'info' | 'warning' | 'error'
  readonly text: string
}

export class RecentLines {
  readonly #lines: LogLine[] = []

  add({ text, ...line }: LogLine): void {
    this.#lines.push({ ...line, text: text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text })
    if (this.#lines.length > maxLines) this.#lines.shift()
  }

  get all(): readonly LogLine[] {
    return this.#lines
  }
}
