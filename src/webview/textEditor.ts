// The JSON in an editor: what a user does there is told, what others do is shown. It has no history of its own, because
// undo and redo are VS Code's.
import { closeBrackets } from '@codemirror/autocomplete'
import { json } from '@codemirror/lang-json'
import {
  bidiIsolates,
  bracketMatching,
  codeFolding,
  foldEffect,
  foldGutter,
  foldedRanges,
  indentOnInput,
  indentUnit,
} from '@codemirror/language'
import { highlightSelectionMatches, openSearchPanel, search } from '@codemirror/search'
import { Annotation, Compartment, EditorState, type ChangeSet, type Transaction } from '@codemirror/state'
import {
  EditorView,
  drawSelection,
  dropCursor,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  lineNumbers,
  rectangularSelection,
  scrollPastEnd,
  type Command,
} from '@codemirror/view'
import type { PageTexts, TextPosition } from '../shared/editorProtocol.js'
import { keys } from './keys.js'
import { markGutters } from './marks.js'
import { toOffset } from './sync.js'
import { theme } from './theme.js'

interface Options {
  parent: HTMLElement
  texts: PageTexts
  /** `isTyping`: more of the same is likely to follow at once. */
  onEdit(changes: ChangeSet, isTyping: boolean): void
  onUpdate(): void
  onFormat(): void
}

/** Cosmetic state. Offsets are those of a text of `length`. */
export interface Place {
  length: number
  anchor: number
  head: number
  /** Offset of the uppermost line in view. */
  top: number
  folds: [from: number, to: number][]
}

const maxRememberedFolds = 1000

/** Changes that are not the user's. */
const byOthers = Annotation.define<true>()

function isTyping(transaction: Transaction): boolean {
  if (!transaction.isUserEvent('input.type') && !transaction.isUserEvent('delete')) return false
  if (transaction.isUserEvent('delete.cut') || transaction.isUserEvent('delete.line')) return false
  return transaction.state.doc.lines === transaction.startState.doc.lines
}

export class TextEditor {
  readonly view: EditorView
  readonly #readOnly = new Compartment()
  readonly #wrapping = new Compartment()

  constructor({ parent, texts, onEdit, onUpdate, onFormat }: Options) {
    const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? ''
    const format: Command = ({ state }) => {
      if (!state.readOnly) onFormat()
      return true
    }
    const extensions = [
      EditorView.cspNonce.of(nonce),
      EditorState.phrases.of(texts.phrases),
      EditorState.allowMultipleSelections.of(true),
      EditorView.clickAddsSelectionRange.of(event => event.altKey),
      rectangularSelection({ eventFilter: event => event.altKey && event.shiftKey }),
      indentUnit.of('  '),
      json(),
      keys({ format, toggleWrapping: () => this.#toggleWrapping() }),
      markGutters.problems,
      lineNumbers(),
      markGutters.changes,
      codeFolding(),
      foldGutter(),
      drawSelection({ cursorBlinkRate: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 1200 }),
      dropCursor(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      highlightSelectionMatches(),
      // Text that would change the direction of what follows is seen, and kept to its own value.
      highlightSpecialChars({ addSpecialChars: /[\u202a-\u202c\u2068]/g }),
      bidiIsolates(),
      bracketMatching(),
      closeBrackets(),
      indentOnInput(),
      search({ top: true }),
      scrollPastEnd(),
      theme,
      this.#readOnly.of([]),
      this.#wrapping.of([]),
      EditorView.contentAttributes.of({
        'aria-label': texts.editor,
        'aria-description': texts.editorHelp,
        tabindex: '0',
      }),
      // A history of the browser's own would take back what VS Code does not know of.
      EditorView.domEventHandlers({
        beforeinput: event => {
          if (!event.inputType.startsWith('history')) return false
          event.preventDefault()
          return true
        },
      }),
      EditorView.updateListener.of(update => {
        for (const transaction of update.transactions)
          if (transaction.docChanged && !transaction.annotation(byOthers))
            onEdit(transaction.changes, isTyping(transaction))
        onUpdate()
      }),
    ]
    this.view = new EditorView({ parent, state: EditorState.create({ extensions }) })
  }

  /** What others did. Cursor and scroll stay at the text that they are at. */
  showChanges(changes: ChangeSet): void {
    this.view.dispatch({ changes, annotations: byOthers.of(true) })
  }

  setReadOnly(isReadOnly: boolean): void {
    if (isReadOnly === this.view.state.readOnly) return
    // It stays focusable: text that can not be changed can still be selected, searched and read aloud.
    const readOnly = [EditorState.readOnly.of(true), EditorView.contentAttributes.of({ 'aria-readonly': 'true' })]
    this.view.dispatch({ effects: this.#readOnly.reconfigure(isReadOnly ? readOnly : []) })
  }

  openSearch(): void {
    openSearchPanel(this.view)
  }

  /** Puts the cursor there and shows it. */
  reveal(position: TextPosition | number): void {
    const { doc } = this.view.state
    const anchor = typeof position === 'number' ? Math.min(position, doc.length) : toOffset(doc, position)
    this.view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
    this.view.focus()
  }

  get place(): Place {
    const { state, scrollDOM } = this.view
    const folds: Place['folds'] = []
    foldedRanges(state).between(0, state.doc.length, (from, to) => {
      if (folds.length < maxRememberedFolds) folds.push([from, to])
    })
    const { anchor, head } = state.selection.main
    const top = this.view.lineBlockAtHeight(scrollDOM.scrollTop).from
    return { length: state.doc.length, anchor, head, top, folds }
  }

  /** Does nothing when the text is another by now. */
  restore({ length, anchor, head, top, folds }: Place): void {
    if (length !== this.view.state.doc.length) return
    const isInside = (offset: number) => offset >= 0 && offset <= length
    if (![anchor, head, top].every(isInside)) return
    const folded = folds.filter(([from, to]) => isInside(from) && isInside(to) && from < to)
    this.view.dispatch({
      selection: { anchor, head },
      effects: [
        ...folded.map(([from, to]) => foldEffect.of({ from, to })),
        // The first line has some room above it.
        ...(top ? [EditorView.scrollIntoView(top, { y: 'start', yMargin: 0 })] : []),
      ],
    })
  }

  #toggleWrapping(): boolean {
    const isWrapping = this.view.lineWrapping
    this.view.dispatch({ effects: this.#wrapping.reconfigure(isWrapping ? [] : EditorView.lineWrapping) })
    return true
  }
}
