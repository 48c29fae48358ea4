// Indents a JSON text without parsing its values, so that numbers and strings stay as their author wrote them.
import { JsonScanner, type Token } from './jsonScanner.js'

/** How a text is laid out. */
export interface JsonStyle {
  /** White space of one level. */
  indent: string
  /** What ends a line. */
  eol: string
}

export const defaultStyle: JsonStyle = { indent: '  ', eol: '\n' }

/** Deeper levels get no more indentation: text nested 500 levels deep would grow a thousandfold. */
const deepestIndent = 32

/** `text` must be valid JSON. `depth` is the level it will stand in. */
export function formatJson(text: string, style = defaultStyle, depth = 0): string {
  const pieces: string[] = []
  let copied = 0
  forEachGap(text, style, depth, (start, end, wanted) => {
    pieces.push(text.slice(copied, start), wanted)
    copied = end
  })
  return pieces.length ? pieces.join('') + text.slice(copied) : text
}

/** Calls `change` for the white space between two tokens, before or after all of them that is not as it should be. */
export function forEachGap(
  text: string,
  style: JsonStyle,
  depth: number,
  change: (start: number, end: number, wanted: string) => void,
): void {
  const scanner = new JsonScanner(text)
  const lines: string[] = []
  const newLine = () => (lines[depth] ??= style.eol + style.indent.repeat(Math.min(depth, deepestIndent)))
  let before: Token | undefined
  for (let end = 0; before !== 'end'; end = scanner.end) {
    const token = scanner.next()
    const isClosing = token === '}' || token === ']'
    if (isClosing) depth = Math.max(0, depth - 1)
    let wanted = ''
    if (before === '{' || before === '[') wanted = isClosing ? '' : newLine()
    else if (isClosing || before === ',') wanted = newLine()
    else if (before === ':') wanted = ' '
    if (token === '{' || token === '[') depth++
    const { start } = scanner
    if (start - end !== wanted.length || !text.startsWith(wanted, end)) change(end, start, wanted)
    before = token
  }
}
