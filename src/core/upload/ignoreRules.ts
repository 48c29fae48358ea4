// `.alephignore`: what a folder keeps out of uploads, written as a `.gitignore` is. A line that git would give up on is
// refused, because what it was meant to keep back must not be published.
import { AlephError } from '../../client/errors.js'
import { isMatch, type Part } from '../wildcards.js'

export const ignoreFileName = '.alephignore'

const maxLines = 1000
const maxLineCharacters = 500

export interface IgnoreRule {
  /** As it is written. */
  readonly line: string
  readonly parts: readonly Part[]
  readonly isNegated: boolean
  readonly isForFolders: boolean
  /** Matched against the whole path below the file's folder, not just the name. */
  readonly isAnchored: boolean
}

interface Scope {
  /** Path of the folder that the file stands in: empty, or ends with a slash. */
  readonly prefix: string
  /** Last first: it has the last word. */
  readonly rules: readonly IgnoreRule[]
}

/** Rules of nested files; paths of all of them are relative to one common folder. */
export class IgnoreRules {
  static readonly none = new IgnoreRules([])

  /** Innermost first. */
  private constructor(private readonly scopes: readonly Scope[]) {}

  /** With those of a file deeper down. */
  with(prefix: string, rules: readonly IgnoreRule[]): IgnoreRules {
    return rules.length ? new IgnoreRules([{ prefix: prefix.normalize('NFC'), rules }, ...this.scopes]) : this
  }

  /** The rule that leaves an entry out. The folders that it stands in are looked at before it. */
  excludedBy(path: string, isFolder: boolean, allowed?: ReadonlySet<unknown>): IgnoreRule | undefined {
    const normal = path.normalize('NFC')
    const name = normal.slice(normal.lastIndexOf('/') + 1)
    for (const { prefix, rules } of this.scopes) {
      const below = normal.slice(prefix.length)
      const last = rules.find(
        rule =>
          (isFolder || !rule.isForFolders) &&
          !allowed?.has(rule) &&
          isMatch(rule.parts, rule.isAnchored ? below : name),
      )
      if (last) return last.isNegated ? undefined : last
    }
    return undefined
  }
}

/**
 * The rules of a file, last first.
 *
 * @throws {INVALID_INPUT} for a text or a line that can't be understood: the second half of a sentence.
 */
export function readRules(text: string): IgnoreRule[] {
  // What stands for bytes that aren't text, and what UTF-16 read as something else is full of.
  if (/[\0\ufffd]/.test(text)) throw notUnderstood("it isn't text in the encoding that VS Code reads it in")
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/)
  if (lines.length > maxLines) throw notUnderstood(`it has more than ${maxLines} lines`)
  return lines.flatMap((line, index) => readLine(line, index + 1) ?? []).reverse()
}

const notUnderstood = (reason: string) => new AlephError('INVALID_INPUT', reason)

function readLine(line: string, number: number): IgnoreRule | undefined {
  if (line.startsWith('#')) return undefined
  let pattern = withoutTrailingSpaces(line).normalize('NFC')
  const isNegated = pattern.startsWith('!')
  if (isNegated) pattern = pattern.slice(1)
  const isForFolders = pattern.endsWith('/')
  if (isForFolders) pattern = pattern.slice(0, -1)
  const isAnchored = pattern.includes('/')
  if (pattern.startsWith('/')) pattern = pattern.slice(1)
  if (!pattern) return undefined
  const parts = pattern.length > maxLineCharacters ? undefined : readPattern(pattern)
  if (!parts) throw notUnderstood(`line ${number} isn't a valid pattern`)
  return { line, parts, isNegated, isForFolders, isAnchored }
}

/** Those that a backslash keeps stay. */
function withoutTrailingSpaces(line: string): string {
  const trimmed = line.replace(/[ \t]+$/, '')
  const backslashes = /\\*$/.exec(trimmed)?.[0].length ?? 0
  return trimmed.length < line.length && backslashes % 2 ? line.slice(0, trimmed.length + 1) : trimmed
}

const isName = (character: string): boolean => character !== '/'
const folders: Part = { kind: 'folders', isSeparator: character => character === '/' }
const slash: Part = { kind: 'text', text: '/' }
const star: Part = { kind: 'run', accepts: isName }
const nameCharacter: Part = { kind: 'one', accepts: isName }
const inside: readonly Part[] = [
  { kind: 'one', accepts: () => true },
  { kind: 'run', accepts: () => true },
]

/** Undefined for what git would never match. */
function readPattern(pattern: string): Part[] | undefined {
  const parts: Part[] = []
  let at = 0
  while (at < pattern.length) {
    const character = pattern.charAt(at)
    const isStart = at === 0 || pattern.charAt(at - 1) === '/'
    const stars = /\*+/y
    stars.lastIndex = at
    const run = stars.exec(pattern)?.[0]
    if (run) {
      const next = pattern.charAt(at + run.length)
      const isGlobstar = run.length > 1 && isStart && (next === '/' || next === '')
      if (isGlobstar && next === '/') parts.push(folders)
      else if (isGlobstar) parts.push(...inside)
      else parts.push(star)
      at += run.length + (isGlobstar && next === '/' ? 1 : 0)
    } else if (character === '[') {
      const found = readClass(pattern, at)
      if (!found) return undefined
      parts.push({ kind: 'one', accepts: found.accepts })
      at = found.end
    } else if (character === '?') {
      parts.push(nameCharacter)
      at++
    } else {
      if (character === '\\') at++
      const text = pattern.charAt(at)
      if (!text) return undefined
      parts.push(text === '/' ? slash : { kind: 'text', text })
      at++
    }
  }
  return parts
}

/** As git knows them: of ASCII. */
const classes: Record<string, RegExp> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /[\0-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\r\n]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
}

/** A bracket expression that begins at `start`; undefined where it doesn't end, or names no class. Never matches a slash. */
function readClass(
  pattern: string,
  start: number,
): { accepts: (character: string) => boolean; end: number } | undefined {
  const members: ((character: string) => boolean)[] = []
  let at = start + 1
  const isNegated = /[!^]/.test(pattern.charAt(at))
  if (isNegated) at++
  for (let isFirst = true; isFirst || pattern.charAt(at) !== ']'; isFirst = false) {
    if (at >= pattern.length) return undefined
    const [, name] = /^\[:([^\]]*):\]/.exec(pattern.slice(at)) ?? []
    if (name !== undefined) {
      const known = Object.hasOwn(classes, name) ? classes[name] : undefined
      if (!known) return undefined
      members.push(character => known.test(character))
      at += name.length + 4
      continue
    }
    if (pattern.charAt(at) === '\\') at++
    const from = pattern.charAt(at++)
    let to = from
    if (pattern.charAt(at) === '-' && at + 1 < pattern.length && pattern.charAt(at + 1) !== ']') {
      at += pattern.charAt(at + 1) === '\\' ? 2 : 1
      to = pattern.charAt(at++)
    }
    // git takes the first character of a range that runs backwards.
    members.push(character => character === from || (from <= character && character <= to))
  }
  return {
    accepts: character => isName(character) && members.some(accepts => accepts(character)) !== isNegated,
    end: at + 1,
  }
}
