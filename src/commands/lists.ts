// Refresh, “Load more…” and Retry of the three views.
import type { Lists } from '../core/lists.js'
import type { ListName } from '../core/nodes.js'
import { inView } from '../host/progress.js'
import { commands, views } from '../shared/ids.js'
import type { Handlers } from './handlers.js'

export function listCommands(lists: Lists, loadMore: (name: ListName) => Promise<void>): Handlers {
  const refresh = (name: ListName) => () => inView(views[name], () => lists.byName(name).refresh())
  return {
    [commands.filesRefresh]: refresh('files'),
    [commands.messagesRefresh]: refresh('messages'),
    [commands.aggregatesRefresh]: refresh('aggregates'),
    [commands.listLoadMore]: name => (isListName(name) ? inView(views[name], () => loadMore(name)) : undefined),
    [commands.listRetry]: name =>
      isListName(name) ? inView(views[name], () => lists.byName(name).retry()) : undefined,
  }
}

const isListName = (value: unknown): value is ListName => typeof value === 'string' && Object.hasOwn(views, value)
