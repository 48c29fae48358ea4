// Indents a JSON text without parsing its values, so that numbers and strings stay as their author wrote them.

const indent = '  '

/** `text` must be valid JSON. */
export function formatJson(text: string): string {
  let result = ''
  let depth = 0
  const newLine = () => `\n${indent.repeat(depth)}`
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '"') {
      const end = stringEnd(text, at)
      result += text.slice(at, end)
      at = end - 1
    } else if (character === '{' || character === '[') {
      const close = /^\s*[}\]]/.exec(text.slice(at + 1, at + 50))
      if (close) {
        result += character + close[0].trim()
        at += close[0].length
      } else {
        depth++
        result += character + newLine()
      }
    } else if (character === '}' || character === ']') {
      depth = Math.max(0, depth - 1)
      result += newLine() + character
    } else if (character === ',') result += character + newLine()
    else if (character === ':') result += ': '
    else if (!/\s/.test(character)) result += character
  }
  return result
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '\\') at++
    else if (character === '"') return at + 1
  }
  return text.length
}
