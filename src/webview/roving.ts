// One tab stop for several controls: the arrow keys go from one to the next, as in every toolbar and list of tabs.
const step: Record<string, (at: number, count: number) => number> = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (_at, count) => count - 1,
}

/** Returns what to call after controls came, went or were hidden. */
export function makeRoving(container: HTMLElement): () => void {
  let current: HTMLElement | undefined
  const items = () =>
    [...container.querySelectorAll<HTMLElement>('button')].filter(each =>
      each.checkVisibility({ visibilityProperty: true }),
    )
  const refresh = () => {
    const all = items()
    if (!current || !all.includes(current)) current = all[0]
    for (const each of container.querySelectorAll('button')) each.tabIndex = each === current ? 0 : -1
  }
  container.addEventListener('focusin', event => {
    if (event.target instanceof HTMLButtonElement) current = event.target
    refresh()
  })
  container.addEventListener('keydown', event => {
    const move = step[event.key]
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const all = items()
    const at = all.indexOf(current ?? container)
    all[move(at, all.length)]?.focus()
  })
  return refresh
}
