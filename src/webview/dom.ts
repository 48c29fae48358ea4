// Elements by name, attributes and children. Text becomes text nodes: nothing is ever read as HTML.
export type Child = Node | string | undefined

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes))
    if (value !== undefined) made.setAttribute(attribute, value)
  made.append(...children.filter(child => child !== undefined))
  return made
}

/** A button that does something; it never submits a form. */
export function button(
  attributes: Record<string, string | undefined>,
  onClick: (event: MouseEvent) => void,
  ...children: Child[]
): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, ...children)
  made.addEventListener('click', event => {
    // One that can not be used now stays reachable, so that its name and why can be read.
    if (made.getAttribute('aria-disabled') !== 'true') onClick(event)
  })
  return made
}

export function setEnabled(target: HTMLElement, isEnabled: boolean): void {
  if (isEnabled) target.removeAttribute('aria-disabled')
  else target.setAttribute('aria-disabled', 'true')
}

/** Fills the `{…}` of a text. */
export const fill = (text: string, values: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (place, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : place))
