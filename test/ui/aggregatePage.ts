// The page of the aggregate editor as a person uses it, and what the node has of it.
import type { FrameLocator, Locator } from 'playwright-core'
import type { Workbench } from './workbench.js'
import { nodeFetch } from '../helpers/nodeFetch.js'

export class AggregatePage {
  readonly content: Locator
  readonly publish: Locator
  readonly summary: Locator
  readonly banner: Locator
  readonly history: Locator

  /** `index` counts the editors on screen, from left to right. */
  constructor(
    private readonly vs: Workbench,
    index = 0,
  ) {
    const frame: FrameLocator = vs.page
      .frameLocator(`iframe.webview.ready >> nth=${index}`)
      .frameLocator('iframe#active-frame')
    this.frame = frame
    this.content = frame.locator('.cm-content')
    this.publish = frame.locator('header button.primary')
    this.summary = frame.locator('footer .summary')
    this.banner = frame.locator('.banner')
    this.history = frame.locator('section.history')
  }

  readonly frame: FrameLocator

  /** By a double click on its row. */
  async open(key: string, title = key.split('/').at(-1) ?? ''): Promise<void> {
    await this.vs.focusView('Aggregates')
    await this.vs.row('Aggregates', key).dblclick()
    await this.vs.tab(title).waitFor()
    await this.content.waitFor()
  }

  /** Double-clicks the word in a token of the text and types over it. */
  async replace(token: string, by: string): Promise<void> {
    await this.content.getByText(token, { exact: true }).first().dblclick()
    await this.vs.page.keyboard.type(by)
  }

  line(text: string): Locator {
    return this.content.locator('.cm-line', { hasText: new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) })
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.vs.page.keyboard.press(key)
  }

  /** Waits for what the line at the bottom says. */
  async says(summary: string): Promise<void> {
    await this.summary.filter({ hasText: summary }).waitFor()
  }

  /** The revisions that are shown, newest first. */
  get revisions(): Locator {
    return this.history.locator('[role=listbox] [role=option]')
  }

  /** By its accessible name. */
  revision(name: RegExp): Locator {
    return this.history.getByRole('listbox').getByRole('option', { name })
  }

  /** Chooses from the menu behind the three dots of the toolbar. */
  async choose(item: string): Promise<void> {
    await this.frame.locator('header').getByRole('button', { name: 'More Actions' }).click()
    await this.frame.getByRole('menuitem', { name: item }).click()
  }
}

/** How many messages the node was given. */
export async function published(vs: Workbench): Promise<number> {
  const response = await nodeFetch(`${vs.localNode}/api/v0/messages.json?pagination=1`)
  return ((await response.json()) as { pagination_total: number }).pagination_total
}

/** A tab whose text is not saved. */
export const dirtyTab = (vs: Workbench, title: string): Locator => vs.tab(title).and(vs.page.locator('.dirty'))

export const cleanTab = (vs: Workbench, title: string): Locator => vs.tab(title).and(vs.page.locator(':not(.dirty)'))
