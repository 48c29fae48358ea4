// Patterns of the settings that keep files out of uploads, matched against paths with slashes. What is published can't be
// taken back, so a path matches when either of two readings says so: VS Code's own, and minimatch's, which knows nested
// braces and escapes. A pattern that isn't understood is refused, never skipped.
import { Minimatch, minimatch } from 'minimatch'
import { isMatch, type Part } from './wildcards.js'

export type PathFilter = (path: string) => boolean

const maxCharacters = 500
const maxExpansions = 100
/** Regular expressions with more stars take too long; the other reading has no such limit. */
const maxStars = 2
const maxGlobstars = 4

const options = { nonegate: true, noext: true, nocomment: true, dot: true, nobrace: true, platform: 'linux' } as const

/** True for a path that the pattern names; undefined for a pattern that isn't understood, or is too large. */
export function pathFilter(pattern: string): PathFilter | undefined {
  const own = normalized(pattern)
  if (!own) return () => false
  if (own.length > maxCharacters || !isBalanced(own)) return undefined
  // A backslash escapes, is meant as a separator, or is part of a name.
  const spellings = new Set([own, own.replaceAll('\\', '/')])
  const readings: PathFilter[] = []
  for (const spelling of spellings) {
    const expanded = minimatch.braceExpand(spelling, { braceExpandMax: maxExpansions + 1 })
    if (expanded.length > maxExpansions) return undefined
    for (const each of new Set([spelling, ...expanded.map(normalized)])) {
      const parts = readAsVsCode(each)
      if (!parts) return undefined
      readings.push(isOfName.test(each) ? path => isMatch(parts.slice(1), nameOf(path)) : path => isMatch(parts, path))
    }
    for (const each of expanded.filter(isQuick)) {
      const compiled = new Minimatch(normalized(each), options)
      if (!compiled.set.length) return undefined
      if (!isPlain.test(each)) readings.push(path => compiled.match(path))
    }
  }
  return path => {
    const name = path.normalize('NFC')
    return (
      readings.some(matches => matches(name)) ||
      (name.includes('\\') && readings.some(matches => matches(name.replaceAll('\\', '/'))))
    )
  }
}

/** As people write paths: from the folder on, without a slash at the end. */
const normalized = (pattern: string): string =>
  pattern
    .trim()
    .normalize('NFC')
    .replace(/^(?:\.?\/)+/, '')
    .replace(/\/+$/, '')

/** Says nothing about folders, so that the name is enough to look at. */
const isOfName = /^\*\*\/[\w.*?-]+$/

const nameOf = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)

/** Both readings agree, so one is enough. */
const isPlain = /^(?:\*\*\/)?[\w.-]*\*?[\w.-]*(?:\/[\w.-]+)*$/

const isQuick = (pattern: string): boolean =>
  pattern.split('/').every(segment => segment === '**' || (segment.match(/\*+/g)?.length ?? 0) <= maxStars) &&
  pattern.split('**').length - 1 <= maxGlobstars

/** Every brace and bracket has its partner. */
function isBalanced(pattern: string): boolean {
  let depth = 0
  /** What a bracket holds so far. */
  let members: string | undefined
  for (const character of pattern)
    if (members !== undefined) {
      if (character === ']' && members) members = undefined
      else if (character !== '/') members += character
    } else if (character === '[') members = ''
    else if (character === ']') return false
    else if (character === '{') depth++
    else if (character === '}' && --depth < 0) return false
  return depth === 0 && members === undefined
}

const isSeparator = (character: string): boolean => character === '/' || character === '\\'
const isName = (character: string): boolean => !isSeparator(character)
const anything: Part = { kind: 'run', accepts: () => true }
const separator: Part = { kind: 'one', accepts: isSeparator }
const nameCharacter: Part = { kind: 'one', accepts: isName }
const star: Part = { kind: 'run', accepts: isName }
const segment: readonly Part[] = [nameCharacter, star]
const globstar: Part = { kind: 'folders', isSeparator }
const lastGlobstar: Part = { kind: 'repeat', of: [[separator], [...segment, separator], [separator, ...segment]] }

/**
 * How VS Code reads it (`vs/base/common/glob.ts`), oddities included: braces end at the first `}`, and a class that excludes
 * characters can match a slash. Undefined for a class that isn't valid.
 */
function readAsVsCode(pattern: string): readonly Part[] | undefined {
  const segments = splitOutsideBraces(pattern, '/')
  if (segments.length && segments.every(each => each === '**')) return [anything]
  const parts: Part[] = []
  for (const [index, each] of segments.entries()) {
    const isLast = index === segments.length - 1
    if (each === '**') {
      if (segments[index - 1] !== '**') parts.push(isLast ? lastGlobstar : globstar)
      continue
    }
    const read = readSegment(each)
    if (!read) return undefined
    parts.push(...read)
    if (!isLast && (segments[index + 1] !== '**' || index + 2 < segments.length)) parts.push(separator)
  }
  return parts
}

function readSegment(text: string): readonly Part[] | undefined {
  const parts: Part[] = []
  let braces: string | undefined
  let members: string | undefined
  for (const character of text)
    if (braces !== undefined && character !== '}') braces += character
    else if (members !== undefined && (character !== ']' || !members)) members += memberSource(character, members)
    else if (character === '{') braces = ''
    else if (character === '[') members = ''
    else if (character === '}') {
      const alternatives = splitOutsideBraces(braces ?? '', ',').map(readAsVsCode)
      if (!alternatives.every(each => each !== undefined)) return undefined
      if (alternatives.length) parts.push({ kind: 'either', of: alternatives })
      braces = undefined
    } else if (character === ']') {
      const accepts = classOf(members ?? '')
      if (!accepts) return undefined
      parts.push({ kind: 'one', accepts })
      members = undefined
    } else if (character === '?') parts.push(nameCharacter)
    else if (character === '*') parts.push(star)
    else parts.push({ kind: 'text', text: character })
  return joined(parts)
}

function memberSource(character: string, before: string): string {
  if ((character === '!' || character === '^') && !before) return '^'
  if (character === '/') return ''
  return character === '-' ? '-' : character.replace(/[\\{}*+?|^$.[\]()]/, '\\$&')
}

/** Undefined where the range runs backwards. */
function classOf(members: string): ((character: string) => boolean) | undefined {
  try {
    const expression = new RegExp(`^[${members}]$`)
    return character => expression.test(character)
  } catch {
    return undefined
  }
}

/** Characters in a row as one text. */
function joined(parts: readonly Part[]): Part[] {
  const result: Part[] = []
  for (const part of parts) {
    const last = result.at(-1)
    if (part.kind === 'text' && last?.kind === 'text')
      result[result.length - 1] = { kind: 'text', text: last.text + part.text }
    else result.push(part)
  }
  return result
}

/** Braces and brackets aren't nested for VS Code. An empty end is no part. */
function splitOutsideBraces(pattern: string, at: '/' | ','): string[] {
  const found: string[] = []
  let isInBraces = false
  let isInBrackets = false
  let part = ''
  for (const character of pattern) {
    if (character === at && !isInBraces && !isInBrackets) {
      found.push(part)
      part = ''
      continue
    }
    if (character === '{') isInBraces = true
    else if (character === '}') isInBraces = false
    else if (character === '[') isInBrackets = true
    else if (character === ']') isInBrackets = false
    part += character
  }
  return part ? [...found, part] : found
}
