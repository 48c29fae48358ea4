// Where in the JSON a position is: the names and places on the way to it, from the syntax tree alone.
import { syntaxTree } from '@codemirror/language'
import type { EditorState } from '@codemirror/state'
import type { SyntaxNode } from '@lezer/common'

export interface Step {
  /** A name, or the place in an array; undefined where the array is too long to count. */
  at: string | number | undefined
  /** Offset of its beginning. */
  from: number
}

/** Counting goes from value to value, and a path must not cost more than a key press may. */
const maxCounted = 10_000

const values = new Set(['True', 'False', 'Null', 'Number', 'String', 'Object', 'Array'])

/** From the outermost to the innermost. In front of a line it is the path of the line's first value. */
export function pathAt(state: EditorState, position: number): Step[] {
  const line = state.doc.lineAt(position)
  const offset = Math.max(position, line.from + line.text.search(/\S|$/))
  const tree = syntaxTree(state)
  const after = stepsTo(state, tree.resolveInner(offset, 1))
  const before = stepsTo(state, tree.resolveInner(offset, -1))
  return before.length > after.length ? before : after
}

/** The name of the top-level entry at the offset. */
export function entryAt(state: EditorState, offset: number): string | undefined {
  const name = pathAt(state, offset)[0]?.at
  return typeof name === 'string' ? name : undefined
}

function stepsTo(state: EditorState, innermost: SyntaxNode): Step[] {
  const steps: Step[] = []
  for (let node: SyntaxNode | null = innermost; node; node = node.parent) {
    if (node.name === 'Property') steps.push({ at: nameOf(state, node), from: node.from })
    else if (node.parent?.name === 'Array' && values.has(node.name)) steps.push({ at: placeOf(node), from: node.from })
  }
  return steps.reverse()
}

function nameOf(state: EditorState, property: SyntaxNode): string {
  const name = property.getChild('PropertyName')
  const spelling = name ? state.sliceDoc(name.from, name.to) : ''
  try {
    return String(JSON.parse(spelling))
  } catch {
    return spelling
  }
}

function placeOf(value: SyntaxNode): number | undefined {
  let place = 0
  for (let before = value.prevSibling; before; before = before.prevSibling) {
    if (values.has(before.name)) place++
    if (place > maxCounted) return undefined
  }
  return place
}
