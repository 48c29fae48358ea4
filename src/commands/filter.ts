// Narrowing a list: which criteria, their values, and taking all of them away again.
import { normalAddress } from '../client/account.js'
import { addressCheck } from '../core/addressCheck.js'
import { criteria, criterionProblem, filterText, isFiltered } from '../core/filter.js'
import type { Criterion, ListFilter } from '../core/filter.js'
import type { Format } from '../core/format.js'
import { searchedRows, type Lists } from '../core/lists.js'
import type { ListName } from '../core/nodes.js'
import { ownerOf, type Session } from '../core/session.js'
import { inView } from '../host/progress.js'
import type { PickItem, Prompts } from '../host/prompts.js'
import { t } from '../host/translate.js'
import { commands, views } from '../shared/ids.js'
import type { Handlers } from './handlers.js'

export interface FilterServices {
  session: Session
  lists: Lists
  format: Format
  prompts: Prompts
}

export function filterCommands(services: FilterServices): Handlers {
  const filters = new Filters(services)
  return {
    [commands.filesFilter]: () => filters.ask('files'),
    [commands.messagesFilter]: () => filters.ask('messages'),
    [commands.aggregatesFilter]: () => filters.ask('aggregates'),
    [commands.filesClearFilter]: () => filters.clear('files'),
    [commands.messagesClearFilter]: () => filters.clear('messages'),
    [commands.aggregatesClearFilter]: () => filters.clear('aggregates'),
  }
}

type Step = Criterion | 'apply' | 'clear'

class Filters {
  constructor(private readonly services: FilterServices) {}

  async ask(name: ListName): Promise<void> {
    const { session, lists } = this.services
    await session.start()
    // Throws without an account: then there is nothing to narrow.
    const { account, network } = session.active
    const [only, ...others] = criteria[name]
    const filter =
      only && !others.length
        ? await this.#askValue(name, only, lists.byName(name).filter)
        : await this.#askCriteria(name)
    const now = session.account
    // The window can show another account by now, which this filter was not made for.
    if (filter && now && ownerOf(now) === ownerOf(account) && session.network.id === network.id)
      await this.#apply(name, filter)
  }

  /** Criterion after criterion, until the user applies them. */
  async #askCriteria(name: ListName): Promise<ListFilter | undefined> {
    let { filter } = this.services.lists.byName(name)
    for (;;) {
      const step = await this.#askStep(name, filter)
      if (step === undefined) return undefined
      if (step === 'clear') return {}
      if (step === 'apply') return filter
      filter = (await this.#askValue(name, step, filter)) ?? filter
    }
  }

  async clear(name: ListName): Promise<void> {
    if (isFiltered(this.services.lists.byName(name).filter)) await this.#apply(name, {})
  }

  async #apply(name: ListName, filter: ListFilter): Promise<void> {
    const list = this.services.lists.byName(name)
    list.setFilter(filter)
    await inView(views[name], () => list.roots())
  }

  #askStep(name: ListName, filter: ListFilter): Promise<Step | undefined> {
    const items: PickItem<Step>[] = criteria[name].map(criterion => ({
      label: criterionNames[criterion](),
      description: filter[criterion] ?? '',
      value: criterion,
    }))
    // First, so that Enter applies what was entered last.
    const isChanged = filterText(name, filter, t) !== filterText(name, this.services.lists.byName(name).filter, t)
    if (isChanged)
      items.unshift({
        icon: 'check',
        label: t('Apply'),
        description: filterText(name, filter, t) || t('no filter'),
        value: 'apply',
      })
    if (isFiltered(filter)) items.push({ icon: 'clear-all', label: t('Clear filter'), value: 'clear' })
    return this.services.prompts.pick(items, { title: titles[name](), placeHolder: t('Filter by…') })
  }

  /** Undefined when the user left it as it was. */
  async #askValue(name: ListName, criterion: Criterion, filter: ListFilter): Promise<ListFilter | undefined> {
    const { prompts, format } = this.services
    const title = titles[name]()
    if (criterion === 'engine') {
      const items = [
        { label: t('any engine'), value: '' },
        { label: 'ipfs', value: 'ipfs' },
        { label: 'storage', value: 'storage' },
      ]
      const engine = await prompts.pick(items, { title })
      return engine === undefined ? undefined : withCriterion(filter, criterion, engine)
    }
    const checkAddress = criterion === 'sender' ? await addressCheck(t, 'any') : () => undefined
    const text = await prompts.input({
      title: `${title}: ${criterionNames[criterion]()}`,
      prompt: hint(name, criterion, format),
      value: filter[criterion] ?? '',
      ...(criterion === 'since' || criterion === 'until' ? { placeHolder: '2026-05-31' } : {}),
      validate: input =>
        criterionProblem(criterion, input, filter, t) ?? (input.trim() ? checkAddress(input) : undefined),
    })
    if (text === undefined) return undefined
    const value = text.trim()
    // Nodes compare addresses letter by letter.
    if (criterion === 'sender' && value) return withCriterion(filter, criterion, await normalAddress(value))
    return withCriterion(filter, criterion, value)
  }
}

/** An empty value takes the criterion away. */
function withCriterion(filter: ListFilter, criterion: Criterion, value: string): ListFilter {
  const { [criterion]: _, ...rest } = filter
  return value ? { ...rest, [criterion]: value } : rest
}

const titles: Readonly<Record<ListName, () => string>> = {
  files: () => t('Filter files'),
  messages: () => t('Filter messages'),
  aggregates: () => t('Filter aggregates'),
}

const criterionNames: Readonly<Record<Criterion, () => string>> = {
  text: () => t('Name'),
  tag: () => t('Tag'),
  channel: () => t('Channel'),
  since: () => t('From'),
  until: () => t('Until'),
  postType: () => t('Type'),
  sender: () => t('Signed by'),
  fileHash: () => t('File hash or CID'),
  engine: () => t('Engine'),
}

function hint(name: ListName, criterion: Criterion, format: Format): string {
  const max = format.number(searchedRows)
  switch (criterion) {
    case 'text':
      if (name === 'aggregates') return t('Part of a key. Leave it empty to show all aggregates.')
      return t('Part of a name. Nodes can not search names: the newest {max} are looked at, and more when asked.', {
        max,
      })
    case 'since':
      return t('The first day, or minute, in this computer’s time zone. Leave it empty for any.')
    case 'until':
      return t('The last day, or minute, in this computer’s time zone. Leave it empty for any.')
    case 'sender':
      return t('The address that signed: yours, or that of somebody who may publish for you. Leave it empty for any.')
    case 'tag':
      return t('The whole tag, in upper and lower case as it was written. Leave it empty for any.')
    default:
      return t('The whole text, in upper and lower case as it was written. Leave it empty for any.')
  }
}
