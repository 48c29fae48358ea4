// What can be done with messages and aggregates that are stored.
import { commands as vscodeCommands } from 'vscode'
import type { DocumentReader } from '../core/documentReader.js'
import { messageLink } from '../core/links.js'
import type { Lists, NodeList } from '../core/lists.js'
import type { AggregateNode, ListNode, PostNode } from '../core/nodes.js'
import { shortHash } from '../core/rows.js'
import { orFail } from '../host/failure.js'
import type { Messages } from '../host/messages.js'
import { inView, whenSlow } from '../host/progress.js'
import type { Prompts } from '../host/prompts.js'
import { readUri } from '../host/readUri.js'
import { t } from '../host/translate.js'
import { commands, views } from '../shared/ids.js'
import { safeFileName, safeLabel, withoutIcons } from '../shared/safeText.js'
import { copy, showMessage } from './files.js'
import type { Forgetting } from './forget.js'
import { nodesOf, type Handlers } from './handlers.js'

export interface MessageServices {
  lists: Lists
  reader: DocumentReader
  prompts: Prompts
  messages: Messages
  forgetting: Forgetting
  selection: (name: 'messages' | 'aggregates') => readonly ListNode[]
}

export class MessageCommands {
  constructor(private readonly services: MessageServices) {}

  handlers(): Handlers {
    return {
      [commands.messagesOpenMessage]: (...args) => this.#withPosts(args, ([post]) => this.#open(post)),
      [commands.messagesCopyItemHash]: (...args) =>
        this.#withPosts(args, posts => copy(posts.map(({ row }) => row.itemHash))),
      [commands.messagesForget]: (...args) =>
        this.#withPosts(args, posts =>
          this.services.forgetting.forget(posts.map(post => ({ ...post.row, label: postLabel(post) }))),
        ),
      [commands.messagesCopyLink]: (...args) =>
        this.#withPosts(args, posts => copy(posts.map(({ row }) => messageLink(row.itemHash, row.network)))),
      [commands.aggregatesRefreshOne]: (...args) => this.#withAggregate(args, node => this.#refreshAggregate(node)),
      [commands.aggregatesOpenJson]: (...args) =>
        this.#withAggregate(args, aggregate => this.#openAggregate(aggregate)),
    }
  }

  async #open(post: PostNode | undefined): Promise<void> {
    if (post) await showMessage(this.services.reader, post.row.network.id, post.row.itemHash, postLabel(post))
  }

  async #openAggregate({ network, owner, info }: AggregateNode): Promise<void> {
    const { reader } = this.services
    const name = `${safeFileName(info.key, 'aggregate')}.json`
    const address = { kind: 'aggregate', networkId: network.id, owner, key: info.key, name } as const
    await orFail(t('Could not open {name}', { name: info.key }), () =>
      whenSlow(t('Opening {name}', { name: info.key }), signal => reader.reload(address, signal)),
    )
    await vscodeCommands.executeCommand('vscode.open', readUri(address), { preview: true })
  }

  async #refreshAggregate(node: AggregateNode): Promise<void> {
    await orFail(t('Could not refresh {name}', { name: safeLabel(node.info.key) }), () =>
      Promise.resolve(inView(views.aggregates, () => this.services.lists.refreshAggregate(node))),
    )
  }

  async #withPosts(args: readonly unknown[], act: (posts: PostNode[]) => Promise<void>): Promise<void> {
    const posts = await this.#nodes(args, 'messages', this.services.lists.messages, isPost, postLabel)
    if (posts.length) await act(posts)
  }

  async #withAggregate(args: readonly unknown[], act: (node: AggregateNode) => Promise<void>): Promise<void> {
    const entry = nodesOf(args)[0]
    const given = entry?.kind === 'entry' ? [entry.parent] : args
    const { aggregates } = this.services.lists
    const [node] = await this.#nodes(given, 'aggregates', aggregates, isAggregate, ({ info }) => info.key)
    if (node) await act(node)
  }

  /** The rows of the gesture, else those selected in the view, else what the user picks. */
  async #nodes<N extends ListNode>(
    args: readonly unknown[],
    name: 'messages' | 'aggregates',
    list: NodeList,
    isWanted: (node: ListNode) => node is N,
    label: (node: N) => string,
  ): Promise<N[]> {
    const given = nodesOf(args).filter(isWanted)
    if (given.length) return given
    const selected = this.services.selection(name).filter(isWanted)
    if (selected.length) return [...selected]
    const nodes = (await list.roots()).filter(isWanted)
    if (!nodes.length) {
      void this.services.messages.done(
        name === 'messages' ? t('There is no message in the list.') : t('There is no aggregate in the list.'),
      )
      return []
    }
    const items = nodes.map(node => ({ label: withoutIcons(safeLabel(label(node))), value: node }))
    const title = name === 'messages' ? t('Choose a message') : t('Choose an aggregate')
    const picked = await this.services.prompts.pick(items, { title })
    return picked ? [picked] : []
  }
}

const isPost = (node: ListNode): node is PostNode => node.kind === 'post'
const isAggregate = (node: ListNode): node is AggregateNode => node.kind === 'aggregate'

const postLabel = ({ row }: PostNode): string => row.title ?? t('message {hash}', { hash: shortHash(row.itemHash) })
