// Aggregates from the view and the palette: opened in their editor, made, deleted.
import { Range, Uri, WorkspaceEdit, commands as vscodeCommands, workspace } from 'vscode'
import { checksumAddress } from '../client/account.js'
import type { AggregateAddress } from '../core/aggregate/address.js'
import type { AggregateDocuments } from '../core/aggregate/documents.js'
import { keyProblem } from '../core/aggregate/keyCheck.js'
import { aggregateTemplates } from '../core/aggregate/templates.js'
import type { Format } from '../core/format.js'
import type { Lists } from '../core/lists.js'
import { documents as entriesOf, type AggregateNode, type EntryNode, type ListNode } from '../core/nodes.js'
import { ownerOf, type Active, type Session } from '../core/session.js'
import type { ClientFor } from '../core/storageClient.js'
import { aggregateOf, documentUri, linkedAggregate } from '../host/documentUri.js'
import { frontUri } from '../host/frontUri.js'
import { Failure, orFail } from '../host/failure.js'
import type { Messages } from '../host/messages.js'
import { cancellable, inView, whenSlow } from '../host/progress.js'
import type { OpenAggregate } from '../host/openAggregate.js'
import { nameLabel, type Prompts } from '../host/prompts.js'
import type { Settings } from '../host/settings.js'
import { t } from '../host/translate.js'
import { commands, editorViewType, views } from '../shared/ids.js'
import { safeLabel } from '../shared/safeText.js'
import { copy } from './files.js'
import { nodesOf, type Handlers } from './handlers.js'

export interface AggregateServices {
  session: Session
  lists: Lists
  documents: AggregateDocuments
  clientFor: ClientFor
  settings: Settings
  prompts: Prompts
  messages: Messages
  format: Format
  /** The pair to publish with; undefined after telling what is missing. */
  publisher: () => Promise<Active | undefined>
  /** The document once VS Code shows it. */
  opened: (uri: Uri) => Promise<OpenAggregate>
  selection: () => readonly ListNode[]
  linkTo: (address: AggregateAddress) => Uri
  nowMs: () => number
}

type Row = AggregateNode | EntryNode

/** Two clicks on a row within this time open it. */
const doubleClickMs = 500

export class AggregateCommands {
  #clicked: { id: string; atMs: number } | undefined
  /** Enter is a click to a tree, but a deliberate one. */
  #isEntering = false

  constructor(private readonly services: AggregateServices) {}

  handlers(): Handlers {
    return {
      [commands.aggregateOpen]: (...args) => this.#open(args),
      [commands.aggregateCopyLink]: (...args) => this.#copyLink(args),
      [commands.aggregateCreate]: () => this.#create(),
      [commands.aggregateDelete]: (...args) => this.#delete(args),
      [commands.aggregatesRefreshOne]: (...args) => this.#refresh(args),
      [commands.aggregatesClick]: (...args) => this.#click(args),
      [commands.aggregatesEnter]: () => this.#enter(),
    }
  }

  /** Somebody followed a link to an aggregate. */
  async openLink(uri: Uri): Promise<void> {
    const address = linkedAggregate(uri)
    if (!address) throw new Failure(t('This link leads to nothing that this extension knows.'))
    await this.services.session.start()
    await this.#show(address, undefined)
  }

  /** Of the row, else of the document in front. */
  async #copyLink(args: readonly unknown[]): Promise<void> {
    const [given] = args
    const uri = given instanceof Uri ? given : frontUri()
    const address = rowsOf(args).length || !uri ? undefined : aggregateOf(uri)
    const row = address ? undefined : await this.#row(args)
    const target = address ?? (row && addressOf(row))
    if (target) await copy([String(this.services.linkTo(target))])
  }

  /** The row of the gesture; without one it asks for owner and key. */
  async #open(args: readonly unknown[]): Promise<void> {
    const [row] = rowsOf(args)
    if (row) return this.#show(addressOf(row), row.kind === 'entry' ? row.name : undefined)
    const { session, prompts, lists } = this.services
    await session.start()
    const { account, network } = session
    const given = await prompts.input({
      title: t('Open an aggregate'),
      prompt: t('Address of its owner'),
      value: account ? ownerOf(account) : '',
      placeHolder: '0x…',
      validate: text => (/^\s*[0-9A-Za-z]{20,128}\s*$/.test(text) ? undefined : t('This is no address.')),
    })
    if (given === undefined) return
    // Another spelling of the same address would be another owner to a node.
    const owner = /^\s*0x/i.test(given) ? await checksumAddress(given) : given.trim()
    const known = account && ownerOf(account) === owner ? await lists.aggregates.roots() : []
    const key = await this.#askKey(known)
    if (key !== undefined) await this.#show({ networkId: network.id, owner, key }, undefined)
  }

  /** One of those that are listed, or any other. */
  async #askKey(known: readonly ListNode[]): Promise<string | undefined> {
    const { prompts } = this.services
    const keys = known.flatMap(node => (node.kind === 'aggregate' ? node.info.key : []))
    if (keys.length) {
      const other = Symbol('other')
      const picked = await prompts.pick<string | typeof other>(
        [...keys.map(key => ({ label: nameLabel(key), value: key })), { label: t('Another key…'), value: other }],
        { title: t('Choose an aggregate') },
      )
      if (picked !== other) return picked
    }
    return prompts.input({
      title: t('Open an aggregate'),
      prompt: t('Its key, such as users'),
      validate: key => (key ? undefined : t('The key is empty.')),
    })
  }

  async #show(address: AggregateAddress, entry: string | undefined): Promise<void> {
    const uri = documentUri(address)
    const { documents, opened } = this.services
    await orFail(t('Could not open {name}', { name: safeLabel(address.key, 60) }), () =>
      whenSlow(t('Opening {name}', { name: safeLabel(address.key, 60) }), () => documents.open(address)),
    )
    await vscodeCommands.executeCommand('vscode.openWith', uri, editorViewType)
    if (entry === undefined) return
    const open = await opened(uri)
    const place = open.read().entries?.get(entry)
    if (place) await open.reveal(place.start)
  }

  async #create(): Promise<void> {
    const { prompts, documents, clientFor } = this.services
    const active = await this.services.publisher()
    if (!active) return
    const owner = ownerOf(active.account)
    const key = await prompts.input({
      title: t('New aggregate'),
      prompt: t('Its key. A name of your app before it keeps apps apart, such as myapp/users.'),
      placeHolder: 'myapp/users',
      validate: text => keyProblem(text, t),
    })
    if (key === undefined) return
    const address = { networkId: active.network.id, owner, key }
    const known = await orFail(t('Could not look whether there is one already'), () =>
      whenSlow(t('Looking whether there is one already'), signal =>
        clientFor(active.network).aggregate.keys({ owner, collection: key, signal }),
      ),
    )
    if (known.length) {
      const question = {
        message: t('There is an aggregate {key} already.', { key: safeLabel(key, 60) }),
        detail: t('A new one can not stand beside it: whatever is published changes that one.'),
        action: t('Open It'),
      }
      return (await prompts.confirm(question)) ? this.#show(address, undefined) : undefined
    }
    const template = await prompts.pick(
      aggregateTemplates(t).map(({ label, detail, text }) => ({ label, detail, value: text })),
      { title: t('Choose what it begins with') },
    )
    if (template === undefined) return
    documents.draft(address)
    await this.#show(address, undefined)
    const { text } = await this.services.opened(documentUri(address))
    // As an edit, so that it is unsaved and can be undone.
    const edit = new WorkspaceEdit()
    edit.replace(text.uri, new Range(text.positionAt(0), text.positionAt(text.getText().length)), template)
    if (text.getText() !== template) await workspace.applyEdit(edit)
  }

  /** A whole aggregate is forgotten, revision by revision; an entry can be set to null. */
  async #delete(args: readonly unknown[]): Promise<void> {
    const row = await this.#row(args)
    if (!row) return
    const active = await this.services.publisher()
    if (!active) return
    const node = row.kind === 'entry' ? row.parent : row
    const { network, owner } = node
    if (network.id !== active.network.id || owner !== ownerOf(active.account))
      throw new Failure(t('Only aggregates of the active account on the active network can be deleted.'))
    const { prompts } = this.services
    if (row.kind === 'entry') return this.#deleteEntry(active, row)
    const names = entriesOf(node.info)
    const labels = { forget: t('Forget All Revisions'), entry: t('Set an Entry to Null…') }
    const chosen = await prompts.choose({
      message: t('Delete {key}?', { key: safeLabel(node.info.key, 60) }),
      detail: [
        entriesText(names.length, {
          count: this.services.format.number(names.length),
          network: network.name,
          account: active.account.name,
        }),
        '',
        t(
          '“Forget All Revisions” has the network drop every revision that there is: the aggregate is gone then. That can not be undone, others see that something was forgotten, and copies elsewhere can remain.',
        ),
        t('“Set an Entry to Null” keeps the history: others see that there was an entry of that name.'),
      ].join('\n'),
      actions: names.length ? [labels.forget, labels.entry] : [labels.forget],
    })
    if (chosen === labels.forget) await this.#forgetAll(active, node)
    if (chosen === labels.entry) {
      const name = await prompts.pick(
        names.map(([name]) => ({ label: nameLabel(name), value: name })),
        { title: t('Choose the entry to set to null') },
      )
      if (name !== undefined) await this.#setNull(active, node, name)
    }
  }

  async #deleteEntry(active: Active, { name, parent }: EntryNode): Promise<void> {
    const question = {
      message: t('Set {name} of {key} to null?', { name: safeLabel(name, 60), key: safeLabel(parent.info.key, 60) }),
      detail: t(
        'On {network} as {account}. The network only ever sets entries: others see that there was one, and older revisions still show it until they are forgotten.',
        { network: active.network.name, account: active.account.name },
      ),
      action: t('Set to Null'),
    }
    if (await this.services.prompts.confirm(question)) await this.#setNull(active, parent, name)
  }

  async #setNull(active: Active, { info: { key } }: AggregateNode, name: string): Promise<void> {
    const { clientFor, session, settings } = this.services
    const { channel } = settings
    await orFail(t('Could not delete {name}', { name: safeLabel(name, 60) }), async () => {
      const account = await session.signer(active)
      await clientFor(active.network).aggregate.delete(key, name, {
        account,
        owner: ownerOf(active.account),
        ...(channel === undefined ? {} : { channel }),
      })
    })
    await this.#follow(active, key)
  }

  async #forgetAll(active: Active, { info: { key } }: AggregateNode): Promise<void> {
    const { clientFor, session } = this.services
    const what = t('Could not delete {name}', { name: safeLabel(key, 60) })
    const account = await orFail(what, () => session.signer(active))
    await orFail(what, () =>
      Promise.resolve(
        cancellable(t('Forgetting'), signal =>
          clientFor(active.network).aggregate.deleteAll(key, { account, owner: ownerOf(active.account), signal }),
        ),
      ),
    )
    await this.#follow(active, key)
  }

  /** Views and editors show what was done. */
  async #follow(active: Active, key: string): Promise<void> {
    const { documents, lists } = this.services
    const address = { networkId: active.network.id, owner: ownerOf(active.account), key }
    await Promise.all([
      documents
        .get(address)
        ?.reload()
        .catch(() => undefined),
      lists.refreshFor(active),
    ])
  }

  async #refresh(args: readonly unknown[]): Promise<void> {
    const row = await this.#row(args)
    if (!row) return
    const node = row.kind === 'entry' ? row.parent : row
    await orFail(t('Could not refresh {name}', { name: safeLabel(node.info.key) }), () =>
      Promise.resolve(inView(views.aggregates, () => this.services.lists.refreshAggregate(node))),
    )
  }

  /** One click unfolds, two open; an entry has nothing to unfold. */
  async #click(args: readonly unknown[]): Promise<void> {
    const [row] = rowsOf(args)
    if (!row) return
    const before = this.#clicked
    const atMs = this.services.nowMs()
    this.#clicked = { id: row.id, atMs }
    const isSecond = before?.id === row.id && atMs - before.atMs < doubleClickMs
    if (this.#isEntering || isSecond) {
      this.#clicked = undefined
      return this.#open([row])
    }
    if (row.kind === 'aggregate') await vscodeCommands.executeCommand('list.toggleExpand')
  }

  async #enter(): Promise<void> {
    this.#isEntering = true
    try {
      await vscodeCommands.executeCommand('list.select')
    } finally {
      this.#isEntering = false
    }
  }

  /** The row of the gesture, else the selected one, else the one that the user picks. */
  async #row(args: readonly unknown[]): Promise<Row | undefined> {
    const { selection, lists, prompts, messages } = this.services
    const [given] = [...rowsOf(args), ...selection().filter(isRow)]
    if (given) return given
    const nodes = (await lists.aggregates.roots()).filter(isRow)
    if (!nodes.length) {
      void messages.done(t('There is no aggregate in the list.'))
      return undefined
    }
    return prompts.pick(
      nodes.map(node => ({
        label: nameLabel(node.kind === 'entry' ? node.name : node.info.key),
        value: node,
      })),
      { title: t('Choose an aggregate') },
    )
  }
}

const isRow = (node: ListNode): node is Row => node.kind === 'aggregate' || node.kind === 'entry'
const rowsOf = (args: readonly unknown[]) => nodesOf(args).filter(isRow)

function addressOf(row: Row): AggregateAddress {
  const { network, owner, info } = row.kind === 'entry' ? row.parent : row
  return { networkId: network.id, owner, key: info.key }
}

const entriesText = (count: number, values: Record<string, string>): string =>
  count === 1
    ? t('1 entry on {network} as {account}.', values)
    : t('{count} entries on {network} as {account}.', values)
