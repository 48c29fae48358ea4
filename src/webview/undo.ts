// Undo and redo are VS Code's, and it runs them on the key itself. While it does not have what was typed last, the key is
// kept from it: it would take back something older.
interface Options {
  /** Something that the user did is not part of the document yet. */
  isWaiting(): boolean
  ask(action: 'undo' | 'redo'): void
}

function actionOf({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent): 'undo' | 'redo' | undefined {
  if (altKey || !(ctrlKey || metaKey)) return undefined
  const letter = key.toLowerCase()
  if (letter === 'z') return shiftKey ? 'redo' : 'undo'
  return letter === 'y' && ctrlKey && !shiftKey ? 'redo' : undefined
}

export function watchUndo({ isWaiting, ask }: Options): void {
  const onKey = (event: KeyboardEvent) => {
    const action = actionOf(event)
    if (!action) return
    // A field of the page has a history of its own, which is the browser's.
    if (event.target instanceof HTMLInputElement) return event.stopImmediatePropagation()
    if (!isWaiting()) return
    event.preventDefault()
    event.stopImmediatePropagation()
    ask(action)
  }
  addEventListener('keydown', onKey, { capture: true })
}
