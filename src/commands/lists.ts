// Refresh, “Load more…”, Load All and Retry of the three views.
import { loadAllRows, type Lists, type LoadAllEnd } from '../core/lists.js'
import type { Format } from '../core/format.js'
import type { ListName } from '../core/nodes.js'
import type { Messages } from '../host/messages.js'
import { inView } from '../host/progress.js'
import { t } from '../host/translate.js'
import { commands, views } from '../shared/ids.js'
import type { Handlers } from './handlers.js'

export interface ListServices {
  lists: Lists
  format: Format
  messages: Messages
  loadMore: (name: ListName) => Promise<void>
  loadAll: (name: 'files' | 'messages') => Promise<LoadAllEnd | undefined>
  stopLoading: () => void
}

export function listCommands({ lists, format, messages, loadMore, loadAll, stopLoading }: ListServices): Handlers {
  const refresh = (name: ListName) => () => inView(views[name], () => lists.refresh(name))
  const all = (name: 'files' | 'messages') => async () => {
    const end = await inView(views[name], () => loadAll(name))
    if (end !== 'capped') return
    const max = format.number(loadAllRows)
    void messages.done(
      t('The newest {max} are loaded, the most that Load All takes. A filter finds older ones.', { max }),
    )
  }
  return {
    [commands.filesRefresh]: refresh('files'),
    [commands.messagesRefresh]: refresh('messages'),
    [commands.aggregatesRefresh]: refresh('aggregates'),
    [commands.filesLoadAll]: all('files'),
    [commands.messagesLoadAll]: all('messages'),
    [commands.listStopLoading]: () => stopLoading(),
    [commands.listLoadMore]: name => (isListName(name) ? inView(views[name], () => loadMore(name)) : undefined),
    [commands.listRetry]: name =>
      isListName(name) ? inView(views[name], () => lists.byName(name).retry()) : undefined,
  }
}

const isListName = (value: unknown): value is ListName => typeof value === 'string' && Object.hasOwn(views, value)
