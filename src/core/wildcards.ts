// Matches text against wildcards by sets of positions, without regular expressions that backtrack: the time is at most
// proportional to the pattern times the text, even where the pattern was written to take long.

/** What may come next in a text. Characters are UTF-16 units. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  /** One character. */
  | { readonly kind: 'one'; accepts(character: string): boolean }
  /** Any number of characters. */
  | { readonly kind: 'run'; accepts(character: string): boolean }
  /** Nothing, or anything that ends with a separator. */
  | { readonly kind: 'folders'; isSeparator(character: string): boolean }
  | { readonly kind: 'either'; readonly of: readonly (readonly Part[])[] }
  /** Any number of them, one after the other. */
  | { readonly kind: 'repeat'; readonly of: readonly (readonly Part[])[] }

export function isMatch(parts: readonly Part[], text: string): boolean {
  const last = parts.at(-1)
  // Most texts end otherwise, and then nothing else needs a look.
  if (last?.kind === 'text' && !text.endsWith(last.text)) return false
  return ends(parts, text, [0]).at(-1) === text.length
}

/** Where the parts can end when they begin at one of the positions. Both are ascending, each position once. */
function ends(parts: readonly Part[], text: string, starts: readonly number[]): readonly number[] {
  let at = starts
  for (const part of parts) {
    if (!at.length) return at
    at = step(part, text, at)
  }
  return at
}

function step(part: Part, text: string, starts: readonly number[]): readonly number[] {
  switch (part.kind) {
    case 'text':
      return starts.filter(at => text.startsWith(part.text, at)).map(at => at + part.text.length)
    case 'one':
      return starts.filter(at => at < text.length && part.accepts(text.charAt(at))).map(at => at + 1)
    case 'run':
      return run(text, starts, character => part.accepts(character))
    case 'folders':
      return folders(text, starts, character => part.isSeparator(character))
    case 'either':
      return union(part.of.map(parts => ends(parts, text, starts)))
    case 'repeat': {
      let all = starts
      for (let fresh = starts; fresh.length;) {
        const known = new Set(all)
        fresh = union(part.of.map(parts => ends(parts, text, fresh))).filter(at => !known.has(at))
        all = union([all, fresh])
      }
      return all
    }
  }
}

function run(text: string, starts: readonly number[], accepts: (character: string) => boolean): number[] {
  const found: number[] = []
  let next = 0
  for (const start of starts) {
    if (start < next) continue
    for (next = start; next < text.length && accepts(text.charAt(next)); next++) found.push(next)
    found.push(next++)
  }
  return found
}

function folders(text: string, starts: readonly number[], isSeparator: (character: string) => boolean): number[] {
  const [first = text.length] = starts
  const known = new Set(starts)
  const found: number[] = []
  for (let at = first; at <= text.length; at++)
    if (known.has(at) || (at > first && isSeparator(text.charAt(at - 1)))) found.push(at)
  return found
}

const union = (sets: readonly (readonly number[])[]): readonly number[] =>
  sets.length === 1 ? (sets[0] ?? []) : [...new Set(sets.flat())].sort((a, b) => a - b)
