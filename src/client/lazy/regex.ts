// Loaded at the first `$regex`: regular expressions in linear time, so that no pattern can stop the thread.
import { RE2JS, RE2JSException } from 're2js'
import { invalidInput } from '../errors.js'
import { shown } from '../query/path.js'
import type { Pattern } from '../query/where.js'

/** Steps of the compiled pattern: the time for a text is at most this times its length. */
const maxProgramSize = 10_000
/** What the patterns of a query may cost for one document, in steps times characters: some tenths of a second. */
const maxDocumentWork = 4_000_000

/** A document has more text than the patterns can be held against while nothing else runs. */
export class TooMuchText extends Error {
  override readonly name = 'TooMuchText'
}

/** What the patterns of one query cost; `begin` before each document. */
export class PatternWork {
  #left = maxDocumentWork

  begin(): void {
    this.#left = maxDocumentWork
  }

  /** Throws `TooMuchText`. */
  spend(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) throw new TooMuchText()
  }
}

/** Whether a text holds what the pattern describes. Throws `INVALID_INPUT` for what can not be matched in linear time. */
export function compilePattern(
  { source, flags, place, isExpression }: Pattern,
  work: PatternWork,
): (text: string) => boolean {
  const refused = (why: string) => invalidInput(`\`${shown(place)}\`: this pattern can not be used: ${why}.`)
  if (reference.test(source)) throw refused('there are no references back to a group here')
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(isExpression ? RE2JS.translateRegExp(source) : source, flagBits(flags))
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    if (/\(\?<?[=!]/.test(source)) throw refused('there is no looking ahead or behind (?= ?! ?<= ?<!) here')
    throw refused(error.message.replace(/^error parsing regexp: /, '').slice(0, 200))
  }
  const steps = compiled.programSize()
  if (steps > maxProgramSize) throw refused('it repeats too much')
  return text => {
    work.spend(steps * text.length)
    return compiled.test(text)
  }
}

/** `\1` and `\k<name>`, but not behind a backslash that is one itself. */
const reference = /(?<!\\)(?:\\\\)*\\(?:[1-9]|k<)/

const flagBits = (flags: string) =>
  (flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0) |
  (flags.includes('m') ? RE2JS.MULTILINE : 0) |
  (flags.includes('s') ? RE2JS.DOTALL : 0)
