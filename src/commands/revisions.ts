// What can be done with the revisions of an aggregate: shown, compared, restored, forgotten.
import { Uri, ViewColumn, env } from 'vscode'
import type { AggregateElement } from '../client/index.js'
import { isChangedEntry } from '../core/aggregate/changes.js'
import { setEntries, setEntry, documentFromEntries, minimalEdit } from '../core/aggregate/text/edits.js'
import { textsOf, type Entries } from '../core/aggregate/entries.js'
import { namesText } from '../core/aggregate/status.js'
import { safeEditors } from '../core/fileKind.js'
import type { Forget } from '../core/forgetBatches.js'
import type { Format } from '../core/format.js'
import type { Lists } from '../core/lists.js'
import { noRevision, type ReadAddress } from '../core/readAddress.js'
import { shortHash } from '../core/rows.js'
import type { Session } from '../core/session.js'
import type { ClientFor } from '../core/storageClient.js'
import { showDiff } from '../host/diff.js'
import { Failure, orFail } from '../host/failure.js'
import type { OpenAggregate, OpenAggregates } from '../host/openAggregate.js'
import { openWith } from '../host/openWith.js'
import { whenSlow } from '../host/progress.js'
import type { Prompts } from '../host/prompts.js'
import { readUri } from '../host/readUri.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import { safeFileName, safeLabel } from '../shared/safeText.js'
import { openAt, refuseReadOnly } from './editAggregate.js'
import type { Handlers } from './handlers.js'

export interface RevisionServices {
  session: Session
  lists: Lists
  clientFor: ClientFor
  open: OpenAggregates
  prompts: Prompts
  format: Format
  nowSeconds: () => number
  forget: Forget
  /** Holds a text that only this window has, to be shown read-only. */
  snapshot: (networkId: string, name: string, text: string) => ReadAddress
}

export class RevisionCommands {
  constructor(private readonly services: RevisionServices) {}

  handlers(): Handlers {
    return {
      [commands.revisionShow]: (...args) => this.#with(args, (open, element) => this.#show(open, element)),
      [commands.revisionCompare]: (...args) =>
        this.#with(args, (open, element) => this.#compareWithText(open, element.item_hash)),
      [commands.revisionComparePrevious]: (...args) =>
        this.#with(args, (open, element) => this.#comparePrevious(open, element)),
      [commands.revisionCompareTwo]: (...args) => this.#compareTwo(args),
      [commands.revisionRestore]: (...args) => this.#with(args, (open, element) => this.#restore(open, element)),
      [commands.revisionRestoreEntry]: (...args) =>
        this.#with(args, (open, element) => this.#restoreEntry(open, element)),
      [commands.revisionCopyItemHash]: (...args) =>
        this.#with(args, async (_open, element) => env.clipboard.writeText(element.item_hash)),
      [commands.revisionForget]: (...args) => this.#with(args, (open, element) => this.#forget(open, element)),
      [commands.aggregateCompare]: uri => this.compare(openAt(this.services.open, uri)),
    }
  }

  /** What the network has beside the text. */
  readonly compare = async (open: OpenAggregate): Promise<void> => {
    const { document } = open
    if (!document.history.isLoading && document.base)
      await orFail(t('Could not compare'), () => whenSlow(t('Reading the newest revisions'), s => document.refresh(s)))
    await open.flush()
    await this.#compareWithText(open, document.history.head?.item_hash ?? noRevision)
  }

  /**
   * What others changed, beside the text that it is to be merged into. Not VS Code's own editor for three versions, which
   * saves the text when it opens.
   */
  readonly mergeByHand = async (open: OpenAggregate, baseText: string): Promise<void> => {
    const { document } = open
    const theirs = await this.#loaded(open, document.history.head?.item_hash ?? noRevision)
    const title = t('{key}: what others changed', { key: safeLabel(document.address.key, 60) })
    const options = { viewColumn: ViewColumn.Beside, preserveFocus: true, preview: true }
    await showDiff(this.#snapshot(open, baseText), theirs, title, options)
  }

  async #show(open: OpenAggregate, { item_hash }: AggregateElement): Promise<void> {
    const uri = await this.#loaded(open, item_hash)
    await openWith(uri, safeEditors.text)
  }

  async #compareWithText(open: OpenAggregate, hash: string): Promise<void> {
    await open.flush()
    const left = await this.#loaded(open, hash)
    const title = t('{key}: {revision} ↔ your text', {
      key: safeLabel(open.document.address.key, 60),
      revision: this.#name(open, hash),
    })
    // As it is now: to close a comparison with the text itself VS Code asks to save it, although its editor stays open.
    await showDiff(left, this.#snapshot(open, open.text.getText()), title)
  }

  async #comparePrevious(open: OpenAggregate, element: AggregateElement): Promise<void> {
    await whenSlow(t('Reading older revisions'), signal => open.document.history.loadAll(signal))
    const before = open.document.history.before(element.item_hash)
    await this.#compareRevisions(open, before?.item_hash ?? noRevision, element.item_hash)
  }

  async #compareTwo([argument, ...rest]: unknown[]): Promise<void> {
    const open = this.#openOf(argument)
    const { history } = open.document
    const given = rest.filter(hash => typeof hash === 'string')
    const hashes = (given.length === 2 ? given : open.selected).filter(hash => history.element(hash)).slice(0, 2)
    const [a, b] = hashes.map(hash => history.element(hash))
    if (!a || !b) throw new Failure(t('Select two revisions first: Space or Ctrl+click adds a second one.'))
    const [older, newer] = a.time <= b.time ? [a, b] : [b, a]
    await this.#compareRevisions(open, older.item_hash, newer.item_hash)
  }

  async #compareRevisions(open: OpenAggregate, older: string, newer: string): Promise<void> {
    const left = await this.#loaded(open, older)
    const right = await this.#loaded(open, newer)
    const title = t('{key}: {older} ↔ {newer}', {
      key: safeLabel(open.document.address.key, 60),
      older: this.#name(open, older),
      newer: this.#name(open, newer),
    })
    await showDiff(left, right, title, { preview: true })
  }

  async #restore(open: OpenAggregate, { item_hash }: AggregateElement): Promise<void> {
    refuseReadOnly(open)
    await open.flush()
    const entries = await this.#entriesAt(open, item_hash)
    const text = open.text.getText()
    const edits = open.read().entries ? setEntries(text, entries) : minimalEdit(text, documentFromEntries(entries))
    if (!(await open.edit(edits))) throw new Failure(t('The text changed meanwhile. Try again.'))
  }

  async #restoreEntry(open: OpenAggregate, element: AggregateElement): Promise<void> {
    refuseReadOnly(open)
    await open.flush()
    const entries = await this.#entriesAt(open, element.item_hash)
    const current = textsOf(open.read().entries ?? new Map())
    const changed = [...entries.keys()].filter(name => isChangedEntry(current.get(name), entries.get(name)))
    // What this revision set comes first.
    const names = [...changed].sort((a, b) => Number(element.entries.has(b)) - Number(element.entries.has(a)))
    if (!names.length) throw new Failure(t('Every entry of this revision is in the text as it is.'))
    const name = await this.services.prompts.pick(
      names.map(name => ({
        label: name,
        ...(element.entries.has(name) ? { description: t('set by this revision') } : {}),
        value: name,
      })),
      { title: t('Choose the entry to restore') },
    )
    const text = name === undefined ? undefined : entries.get(name)
    if (name === undefined || text === undefined) return
    const edits = await orFail(t('The text stays as it is'), async () => setEntry(open.text.getText(), name, text))
    if (!(await open.edit(edits))) throw new Failure(t('The text changed meanwhile. Try again.'))
  }

  async #forget(open: OpenAggregate, { item_hash, entries }: AggregateElement): Promise<void> {
    const { prompts, session, clientFor, lists } = this.services
    const { document } = open
    refuseReadOnly(open)
    const { active, history } = document
    if (!active) return
    await whenSlow(t('Reading older revisions'), signal => history.loadAll(signal))
    const without = history.entriesWithout(item_hash)
    const names = [...entries.keys()]
    const vanishing = names.filter(name => !without.has(name))
    const falling = names.filter(
      name => without.has(name) && isChangedEntry(history.entries.get(name), without.get(name)),
    )
    const question = {
      message: t('Forget {revision}?', { revision: this.#name(open, item_hash) }),
      detail: [
        vanishing.length ? t('Gone with it: {names}', { names: namesText(vanishing, t) }) : '',
        falling.length ? t('Back to an older value: {names}', { names: namesText(falling, t) }) : '',
        t('On {network} as {account}. This can not be undone, and copies elsewhere can remain.', {
          network: active.network.name,
          account: active.account.name,
        }),
      ]
        .filter(Boolean)
        .join('\n'),
      action: t('Forget'),
    }
    if (!(await prompts.confirm(question))) return
    await orFail(t('Could not forget {revision}', { revision: this.#name(open, item_hash) }), async () => {
      const account = await session.signer(active)
      await this.services.forget(clientFor(document.network).messages, [item_hash], { account })
      await document.reload()
    })
    await lists.refreshFor(active)
  }

  /** Runs with the revision of the gesture, else the selected one, else the one that the user picks. */
  async #with(
    [argument, given]: unknown[],
    act: (open: OpenAggregate, element: AggregateElement) => Promise<unknown>,
  ): Promise<void> {
    const open = this.#openOf(argument)
    const { history } = open.document
    const wanted = [given, hashOf(argument), open.selected[0]].find(hash => typeof hash === 'string')
    const element = wanted === undefined ? await this.#pick(open) : history.element(wanted)
    if (element) await act(open, element)
    else if (wanted !== undefined) throw new Failure(t('This revision can not be read.'))
  }

  #openOf(argument: unknown): OpenAggregate {
    return openAt(this.services.open, argument instanceof Uri ? argument : undefined)
  }

  async #pick(open: OpenAggregate): Promise<AggregateElement | undefined> {
    const { prompts, format } = this.services
    const elements = [...open.document.history.elements].sort((a, b) => b.time - a.time)
    if (!elements.length) throw new Failure(t('Nothing was published yet.'))
    const items = elements.map(element => ({
      label: this.#name(open, element.item_hash),
      description: [...element.entries.keys()]
        .slice(0, 5)
        .map(name => safeLabel(name, 40))
        .join(', '),
      detail: format.dateTime(element.time),
      value: element,
    }))
    return prompts.pick(items, { title: t('Choose a revision') })
  }

  /** Its text is there when the editor asks for it, so that an error is said here and once. */
  async #loaded(open: OpenAggregate, hash: string): Promise<Uri> {
    if (hash !== noRevision) await this.#entriesAt(open, hash)
    return readUri(this.#address(open, hash))
  }

  async #entriesAt(open: OpenAggregate, hash: string): Promise<Entries> {
    const { history } = open.document
    const entries = await orFail(t('Could not read the revision'), () =>
      whenSlow(t('Reading older revisions'), signal => history.entriesAt(hash, signal)),
    )
    if (!entries) throw new Failure(t('This revision is not there any more.'))
    return entries
  }

  #snapshot({ document }: OpenAggregate, text: string): Uri {
    const { networkId, key } = document.address
    return readUri(this.services.snapshot(networkId, fileName(key), text))
  }

  #address({ document }: OpenAggregate, itemHash: string) {
    const { networkId, owner, key } = document.address
    return { kind: 'revision', networkId, owner, key, itemHash, name: fileName(key) } as const
  }

  /** `rev 3 (12 May)`; without a number where older revisions were not read. */
  #name({ document: { history } }: OpenAggregate, hash: string): string {
    const element = history.element(hash)
    if (!element) return t('before the first revision')
    const { format, nowSeconds } = this.services
    const date = format.date(element.time, nowSeconds())
    if (!history.isComplete) return t('revision {hash} ({date})', { hash: shortHash(hash), date })
    const number = history.elements.filter(({ time }) => time <= element.time).length
    return t('rev {number} ({date})', { number: format.number(number), date })
  }
}

const fileName = (key: string) => `${safeFileName(key.split('/').at(-1) ?? '', 'aggregate')}.json`

const hashOf = (argument: unknown): unknown =>
  typeof argument === 'object' && argument !== null ? (argument as { hash?: unknown }).hash : undefined
