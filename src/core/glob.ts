// File patterns as people know them from ignore settings: `*`, `?`, `**` and `{a,b}`, matched against relative paths
// with slashes.

export type PathFilter = (path: string) => boolean

/** True for a path that one of the patterns names. */
export function pathFilter(patterns: readonly string[]): PathFilter {
  const expressions = patterns.map(toExpression)
  return path => expressions.some(expression => expression.test(path))
}

function toExpression(pattern: string): RegExp {
  let source = ''
  let isInBraces = false
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    if (pattern.startsWith('**/', at)) {
      source += '(?:[^/]+/)*'
      at += 2
    } else if (pattern.startsWith('**', at)) {
      source += '.*'
      at += 1
    } else if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (character === '{' && pattern.includes('}', at)) {
      source += '(?:'
      isInBraces = true
    } else if (character === '}' && isInBraces) {
      source += ')'
      isInBraces = false
    } else if (character === ',' && isInBraces) source += '|'
    else source += character.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  }
  return new RegExp(`^${source}$`, 'u')
}
