// VS Code's default keys, by the editor's commands. A key that does something here does not reach VS Code as well.
import { closeBracketsKeymap } from '@codemirror/autocomplete'
import {
  addCursorAbove,
  addCursorBelow,
  copyLineDown,
  copyLineUp,
  defaultKeymap,
  indentLess,
  indentMore,
  selectLine,
  selectParentSyntax,
} from '@codemirror/commands'
import { foldKeymap, indentUnit } from '@codemirror/language'
import { diagnosticCount, forEachDiagnostic, nextDiagnostic, previousDiagnostic } from '@codemirror/lint'
import { gotoLine, openSearchPanel, searchKeymap } from '@codemirror/search'
import { EditorSelection, type Extension } from '@codemirror/state'
import { EditorView, keymap, type Command, type KeyBinding } from '@codemirror/view'

/** As VS Code does it: a selection moves in, a cursor goes to the next stop. */
const tab: Command = view => {
  const { state } = view
  if (state.readOnly) return false
  if (state.selection.ranges.some(range => !range.empty)) return indentMore(view)
  const width = state.facet(indentUnit).length
  view.dispatch(
    state.changeByRange(({ from }) => {
      const column = from - state.doc.lineAt(from).from
      const insert = ' '.repeat(width - (column % width))
      return { changes: { from, insert }, range: EditorSelection.cursor(from + insert.length) }
    }),
    { scrollIntoView: true, userEvent: 'input.indent' },
  )
  return true
}

const openReplace: Command = view => {
  openSearchPanel(view)
  view.dom.querySelector<HTMLInputElement>('.cm-search input[name=replace]')?.select()
  return true
}

const withAnnouncement =
  (move: Command): Command =>
  view => {
    if (!diagnosticCount(view.state)) return false
    move(view)
    const { from, to } = view.state.selection.main
    const messages: string[] = []
    forEachDiagnostic(view.state, ({ message }, start, end) => {
      if (start === from && end === to) messages.push(message)
    })
    view.dispatch({ effects: EditorView.announce.of(messages.join(' ')) })
    return true
  }

export const nextProblem = withAnnouncement(nextDiagnostic)
const previousProblem = withAnnouncement(previousDiagnostic)

/** Keys of VS Code's history and comments, which mean nothing here. */
const foreign = new Set(['Alt-ArrowLeft', 'Alt-ArrowRight', 'Mod-/', 'Alt-A'])
const scopes = 'editor search-panel'

export function keys({ format, toggleWrapping }: { format: Command; toggleWrapping: Command }): Extension {
  const ours: KeyBinding[] = [
    { key: 'Tab', run: tab, shift: indentLess },
    { key: 'F8', run: nextProblem, shift: previousProblem },
    { key: 'Ctrl-g', run: gotoLine },
    { key: 'Mod-h', mac: 'Mod-Alt-f', run: openReplace, scope: scopes },
    { key: 'Mod-l', run: selectLine },
    { key: 'Alt-z', run: toggleWrapping },
    { key: 'Shift-Alt-f', linux: 'Ctrl-Shift-i', run: format },
    { key: 'Shift-Alt-ArrowRight', mac: 'Ctrl-Shift-Cmd-ArrowRight', run: selectParentSyntax },
    { linux: 'Ctrl-Shift-ArrowUp', run: addCursorAbove },
    { linux: 'Ctrl-Shift-ArrowDown', run: addCursorBelow },
    { linux: 'Shift-Alt-ArrowUp', run: addCursorAbove },
    { linux: 'Shift-Alt-ArrowDown', run: addCursorBelow },
    { linux: 'Ctrl-Shift-Alt-ArrowUp', run: copyLineUp },
    { linux: 'Ctrl-Shift-Alt-ArrowDown', run: copyLineDown },
    ...closeBracketsKeymap,
    ...searchKeymap,
    ...foldKeymap,
    ...defaultKeymap.filter(({ key }) => !foreign.has(key ?? '')),
  ]
  return keymap.of(ours.map(binding => ({ ...binding, stopPropagation: true })))
}
