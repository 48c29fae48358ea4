// Keeps the page's text and the document's text the same. The document is the truth: one edit is under way at a time,
// changes of others are rebased over what the document does not have yet. Knows no editor, no messages and no clock.
import { ChangeSet, Text } from '@codemirror/state'
import type { TextChange, TextPosition } from '../shared/editorProtocol.js'

export interface Edit {
  id: number
  revision: number
  changes: TextChange[]
}

export class Sync {
  /** The text of the document, as `#revision`. */
  #text = Text.empty
  #revision = 0
  #inFlight: { id: number; revision: number; changes: ChangeSet } | undefined
  /** What the user did since, in terms of the text after `#inFlight`. */
  #unsent: ChangeSet | undefined
  #lastId = 0
  /** The unsent changes follow as soon as nothing is in flight. */
  #isDue = false
  #waiting: { id: number; resolve: () => void }[] = []

  constructor(private readonly send: (edit: Edit) => void) {}

  /** The document has everything that the user did. */
  get isSettled(): boolean {
    return !this.#inFlight && !this.#unsent
  }

  /** The document's text, as far as the page knows it: positions that the extension names are positions in it. */
  get text(): Text {
    return this.#text
  }

  /** What the user did since `text`. */
  get pending(): ChangeSet | undefined {
    const inFlight = this.#inFlight?.changes
    return inFlight && this.#unsent ? inFlight.compose(this.#unsent) : (inFlight ?? this.#unsent)
  }

  /** The document's text as a whole; whatever was not applied is lost. */
  reset(revision: number, text: Text): void {
    this.#text = text
    this.#revision = revision
    this.#inFlight = undefined
    this.#unsent = undefined
    this.#settled()
  }

  /** The user changed the text. */
  local(changes: ChangeSet): void {
    this.#unsent = this.#unsent ? this.#unsent.compose(changes) : changes
  }

  /** Sends what waits, now or after what is in flight. Resolves when the document has it. */
  flush(): Promise<void> {
    this.#isDue = true
    this.#sendUnsent()
    if (this.isSettled) return Promise.resolve()
    const id = this.#unsent ? this.#lastId + 1 : this.#lastId
    return new Promise(resolve => this.#waiting.push({ id, resolve }))
  }

  /** Somebody else changed the document. Returns what changes in the page's text. */
  changed(revision: number, changes: readonly TextChange[]): ChangeSet {
    let theirs = toChangeSet(changes, this.#text)
    this.#text = theirs.apply(this.#text)
    this.#revision = revision
    if (this.#inFlight) {
      const mine = this.#inFlight.changes
      this.#inFlight.changes = mine.map(theirs, true)
      theirs = theirs.map(mine)
    }
    if (this.#unsent) {
      const mine = this.#unsent
      this.#unsent = mine.map(theirs, true)
      theirs = theirs.map(mine)
    }
    return theirs
  }

  /** The edit is part of the document, which is now `revision`. */
  applied(id: number, revision: number): void {
    if (this.#inFlight?.id !== id) return
    this.#text = this.#inFlight.changes.apply(this.#text)
    this.#revision = revision
    this.#inFlight = undefined
    this.#resolve(id)
    if (this.#isDue) this.#sendUnsent()
  }

  /**
   * The edit was for a text that the document does not have any more: it goes out again with what was typed since. When no
   * newer text was heard of it waits for the next `flush`, because sent at once it would only come back.
   */
  stale(id: number): void {
    if (this.#inFlight?.id !== id) return
    const { changes, revision } = this.#inFlight
    this.#inFlight = undefined
    this.#unsent = this.#unsent ? changes.compose(this.#unsent) : changes
    if (revision !== this.#revision) this.#sendUnsent()
  }

  #sendUnsent(): void {
    if (this.#inFlight) return
    this.#isDue = false
    if (!this.#unsent || this.#unsent.empty) {
      this.#unsent = undefined
      return this.#settled()
    }
    const id = ++this.#lastId
    const changes = this.#unsent
    this.#inFlight = { id, revision: this.#revision, changes }
    this.#unsent = undefined
    this.send({ id, revision: this.#revision, changes: toTextChanges(changes, this.#text) })
  }

  #resolve(id: number): void {
    const done = this.#waiting.filter(each => each.id <= id)
    this.#waiting = this.#waiting.filter(each => each.id > id)
    for (const { resolve } of done) resolve()
  }

  #settled(): void {
    this.#isDue = false
    this.#resolve(Infinity)
  }
}

/** As VS Code splits: lines end at `\n`, `\r\n` or `\r`. */
export const toText = (text: string): Text => Text.of(text.split(/\r\n?|\n/))

/** A position that the text does not have becomes the nearest that it has. */
export function toOffset(text: Text, { line, character }: TextPosition): number {
  if (line < 0) return 0
  if (line >= text.lines) return text.length
  const { from, to } = text.line(line + 1)
  return Math.min(from + Math.max(0, character), to)
}

export function toPosition(text: Text, offset: number): TextPosition {
  const line = text.lineAt(offset)
  return { line: line.number - 1, character: offset - line.from }
}

export function toChangeSet(changes: readonly TextChange[], text: Text): ChangeSet {
  const specs = changes.map(({ start, end, text: insert }) => {
    const from = toOffset(text, start)
    return { from, to: Math.max(from, toOffset(text, end)), insert: toText(insert) }
  })
  return ChangeSet.of(
    specs.sort((a, b) => a.from - b.from),
    text.length,
  )
}

export function toTextChanges(changes: ChangeSet, text: Text): TextChange[] {
  const found: TextChange[] = []
  changes.iterChanges((from, to, _fromAfter, _toAfter, inserted) =>
    found.push({ start: toPosition(text, from), end: toPosition(text, to), text: inserted.toString() }),
  )
  return found
}

/** The one replacement that makes `after` of `before` and leaves alone what they have in common at both ends. */
export function difference(before: Text, after: Text): ChangeSet {
  const a = before.toString()
  const b = after.toString()
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a.charCodeAt(start) === b.charCodeAt(start)) start++
  let end = 0
  while (end < shorter - start && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end++
  const isSame = start === a.length && start === b.length
  return ChangeSet.of(
    isSame ? [] : { from: start, to: a.length - end, insert: after.slice(start, after.length - end) },
    before.length,
  )
}
