// What can be done with messages that are stored.
import type { DocumentReader } from '../core/documentReader.js'
import { messageLink } from '../core/links.js'
import type { Lists } from '../core/lists.js'
import type { ListNode, PostNode } from '../core/nodes.js'
import { shortHash } from '../core/rows.js'
import type { Messages } from '../host/messages.js'
import type { Prompts } from '../host/prompts.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import { copy, showMessage } from './files.js'
import type { Forgetting } from './forget.js'
import { nodesOf, type Handlers } from './handlers.js'

export interface MessageServices {
  lists: Lists
  reader: DocumentReader
  prompts: Prompts
  messages: Messages
  forgetting: Forgetting
  selection: () => readonly ListNode[]
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
    }
  }

  async #open(post: PostNode | undefined): Promise<void> {
    if (post) await showMessage(this.services.reader, post.row.network.id, post.row.itemHash, postLabel(post))
  }

  async #withPosts(args: readonly unknown[], act: (posts: PostNode[]) => Promise<void>): Promise<void> {
    const posts = await this.#posts(args)
    if (posts.length) await act(posts)
  }

  /** The rows of the gesture, else those selected in the view, else what the user picks. */
  async #posts(args: readonly unknown[]): Promise<PostNode[]> {
    const { lists, selection, messages, prompts } = this.services
    const given = nodesOf(args).filter(isPost)
    if (given.length) return given
    const selected = selection().filter(isPost)
    if (selected.length) return selected
    const nodes = (await lists.messages.roots()).filter(isPost)
    if (!nodes.length) {
      void messages.done(t('There is no message in the list.'))
      return []
    }
    const items = nodes.map(node => ({ label: postLabel(node), value: node }))
    const picked = await prompts.pick(items, { title: t('Choose a message') })
    return picked ? [picked] : []
  }
}

const isPost = (node: ListNode): node is PostNode => node.kind === 'post'

const postLabel = ({ row }: PostNode): string => row.title ?? t('message {hash}', { hash: shortHash(row.itemHash) })
