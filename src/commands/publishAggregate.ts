// Publishing an aggregate: the one deliberate act by which edited JSON leaves this computer. What can be refused is
// refused before VS Code saves; a write that nobody asked for by this command is asked about, or refused.
import { TextDocumentSaveReason, workspace, type TextDocumentWillSaveEvent } from 'vscode'
import type { Account } from '../client/account.js'
import { isAlephError } from '../client/errors.js'
import { changedEntries, publishedEntries, type EntryChanges } from '../core/aggregate/changes.js'
import type { AggregateDocument, PublicationPlan } from '../core/aggregate/document.js'
import { problemText, readDocumentText } from '../core/aggregate/text/documentText.js'
import { setEntries } from '../core/aggregate/text/edits.js'
import { sameEntries, textsOf, type Entries } from '../core/aggregate/entries.js'
import { changesText, isNothing, namesText } from '../core/aggregate/status.js'
import type { Consent } from '../core/consent.js'
import { forgetBatches } from '../core/forgetBatches.js'
import type { Format } from '../core/format.js'
import type { Lists } from '../core/lists.js'
import { reasonText } from '../core/reason.js'
import type { Session } from '../core/session.js'
import type { ClientFor } from '../core/storageClient.js'
import type { Boundary } from '../host/boundary.js'
import { aggregateOf } from '../host/documentUri.js'
import { Failure, isCancel, orFail } from '../host/failure.js'
import type { Messages } from '../host/messages.js'
import type { OpenAggregate, OpenAggregates } from '../host/openAggregate.js'
import { inStatusBar } from '../host/progress.js'
import type { Prompts } from '../host/prompts.js'
import type { Settings } from '../host/settings.js'
import { t } from '../host/translate.js'
import { commands, documentScheme } from '../shared/ids.js'
import { safeLabel } from '../shared/safeText.js'
import { refuseReadOnly } from './editAggregate.js'
import type { Handlers } from './handlers.js'

export interface PublishServices {
  session: Session
  consent: Consent
  lists: Lists
  settings: Settings
  clientFor: ClientFor
  open: OpenAggregates
  prompts: Prompts
  messages: Messages
  format: Format
  boundary: Boundary
  /** Shows what the network has beside the text. */
  compare: (open: OpenAggregate) => Promise<void>
  /** Shows beside the text what others changed, to be merged into it by hand. */
  mergeByHand: (open: OpenAggregate, baseText: string) => Promise<void>
  nowSeconds: () => number
  /** Milliseconds. */
  delay: (ms: number, act: () => void) => void
}

/** Somebody who publishes without end should not keep this from an answer. */
const maxTries = 3
/** Writes of several documents within this time are asked about together. */
const togetherMs = 1000
/** How often the network is asked for a decision that it has not made, in milliseconds. */
const pollDelaysMs = [2000, 3000, 5000, 10_000, 20_000, 30_000, 60_000]

interface AskedWrite {
  readonly document: AggregateDocument
  readonly changes: EntryChanges
  readonly done: (isGranted: boolean) => void
}

export class AggregatePublishing {
  /** Why VS Code is about to save, by document. */
  readonly #reasons = new Map<string, TextDocumentSaveReason>()
  #asked: AskedWrite[] = []
  readonly #polling = new Set<AggregateDocument>()

  constructor(private readonly services: PublishServices) {}

  handlers(): Handlers {
    return { [commands.aggregatePublish]: (uri: unknown) => this.publish(uri) }
  }

  /** To be told of every save before it happens. */
  readonly willSave = ({ document, reason }: TextDocumentWillSaveEvent): void => {
    if (document.uri.scheme === documentScheme) this.#reasons.set(String(document.uri), reason)
  }

  /** The key says `readonly` or `editable`: whether VS Code has the editor read-only is known to `when` clauses alone. */
  async publish(argument: unknown): Promise<void> {
    const isKey = argument === 'readonly' || argument === 'editable'
    const open = this.services.open.find(isKey ? undefined : argument)
    if (!open) throw new Failure(t('There is no aggregate in front to publish.'))
    // Where our own file system says so, the reason is another.
    if (isKey && !open.document.publisher.refusal) open.setReadonly(argument === 'readonly')
    if (open.document.isBusy) return
    const title = t('Publishing {key}', { key: safeLabel(open.document.address.key, 60) })
    await inStatusBar(title, () => open.document.whileBusy(() => this.#publish(open)))
  }

  /** What every write of the file system comes to. */
  readonly judge = async (document: AggregateDocument, text: string): Promise<void> => {
    const open = this.#openOf(document)
    const uri = open && String(open.text.uri)
    const reason = uri === undefined ? undefined : this.#reasons.get(uri)
    if (uri !== undefined) this.#reasons.delete(uri)
    const { entries } = readDocumentText(text)
    if (!entries) throw new Failure(t('Not published: the text is no valid JSON object.'))
    const mine = textsOf(entries)
    const permit = open?.permit
    if (open) open.permit = undefined
    if (permit && sameEntries(permit, mine)) return document.accept(text)
    // VS Code saves what its editor has; whoever else writes has something of their own.
    const isOther = open !== undefined && open.text.getText() !== text
    if (isOther && open.text.isDirty) throw new Failure(t('Not published: its editor has unsaved changes.'))
    const accept = () => (isOther ? document.take(text) : document.accept(text))
    const plan = document.plan(mine)
    if (plan && isNothing(plan.changes) && !plan.theirs.length) return accept()
    const isUnasked = reason === TextDocumentSaveReason.AfterDelay || reason === TextDocumentSaveReason.FocusOut
    if (!plan || !open || document.isBusy || isUnasked) throw new Failure(t('Not published: use “Publish” for that.'))
    open.refuseLost()
    if (!(await this.#mayWrite(document, plan.changes))) throw new Failure(t('Not published.'))
    await this.#publishWrite(open, mine)
    accept()
  }

  /** Asks now and then what became of a publication, until the network has decided. */
  follow(document: AggregateDocument): void {
    if (!document.pending || this.#polling.has(document)) return
    this.#polling.add(document)
    const ask = (step: number) =>
      this.services.delay(pollDelaysMs[Math.min(step, pollDelaysMs.length - 1)] ?? 0, () =>
        this.services.boundary.start('pending', async () => {
          // No answer is no news.
          await document.refresh().catch(() => undefined)
          if (document.pending && this.#openOf(document)) return ask(step + 1)
          this.#polling.delete(document)
          const open = this.#openOf(document)
          if (open && !document.rejected.some(({ isSeen }) => !isSeen)) await this.#settle(open)
          await this.#tellViews(document)
        }),
      )
    ask(0)
  }

  async #publish(open: OpenAggregate): Promise<void> {
    const { document } = open
    const { key } = document.address
    const what = t('Could not publish {key}', { key: safeLabel(key, 60) })
    await open.flush()
    this.#refuse(open)
    await orFail(what, () => document.refresh())
    // Rights can be taken back while a document is open.
    this.#refuse(open)
    for (let attempt = 1; ; attempt++) {
      const mine = await this.#decide(open)
      if (!mine) return
      try {
        const isDone = await this.#send(open, mine)
        if (isDone === undefined) return
        return isDone ? await this.#settle(open) : this.follow(document)
      } catch (error) {
        if (isAlephError(error, 'CONFLICT') && error.details['reason'] !== 'future' && attempt < maxTries) {
          await orFail(what, () => document.refresh())
          continue
        }
        if (isAlephError(error, 'CONFLICT') && error.details['reason'] === 'future')
          return this.#offerForget(open, error.details['item_hash'], error.message)
        if (isCancel(error) || error instanceof Failure) throw error
        throw new Failure(this.#failureText(what, error), { cause: error })
      }
    }
  }

  /** Everything that is known before the node is asked. */
  #refuse(open: OpenAggregate): void {
    refuseReadOnly(open)
    const { document, text, read, reveal } = open
    if (document.pending)
      throw new Failure(t('The last publication is not final yet. Wait until the network has decided.'))
    const problem = read().problems.find(({ severity }) => severity === 'error')
    if (problem) {
      void reveal(problem.offset)
      const { line, character } = text.positionAt(problem.offset)
      const values = { line: line + 1, column: character + 1, problem: problemText(problem, t) }
      throw new Failure(t('Not published. Line {line}, column {column}: {problem}', values))
    }
  }

  /** What is to be published, after the user decided what only the user can. Undefined when nothing is. */
  async #decide(open: OpenAggregate): Promise<Entries | undefined> {
    const { document } = open
    const { messages, boundary, compare, format } = this.services
    const entries = open.read().entries
    if (!entries) return undefined
    const mine = textsOf(entries)
    if (!document.base) {
      document.rebase()
      await compare(open)
      boundary.start('publish', () =>
        messages.done(t('Look at what differs from the network. “Publish” then publishes it.')),
      )
      return undefined
    }
    const plan = document.plan(mine)
    if (!plan) return undefined
    if (plan.conflicts.length) return (await this.#solve(open, plan)) ? this.#decide(open) : undefined
    if (plan.theirs.length) {
      await this.#take(open, plan.merged)
      const count = plan.theirs.length
      const names = changesText(theirChanges(document.base.entries, document.history.entries, plan.theirs), t)
      boundary.start('publish', () =>
        messages.done(
          count === 1
            ? t('Merged what others wrote meanwhile: {names}.', { names })
            : t('Merged {count} entries that others wrote meanwhile: {names}.', { count: format.number(count), names }),
        ),
      )
    }
    document.rebase()
    if (isNothing(plan.changes)) {
      await this.#save(open, plan.merged)
      boundary.start('publish', () => messages.done(t('Nothing changed, so nothing was published.')))
      return undefined
    }
    return plan.merged
  }

  /** Both sides changed the same. True when the text is such that publishing can go on. */
  async #solve(open: OpenAggregate, { conflicts, merged }: PublicationPlan): Promise<boolean> {
    const { prompts, compare, mergeByHand } = this.services
    const { document } = open
    const names = changesText({ added: [], changed: [...conflicts], removed: [] }, t)
    const labels = {
      compare: t('Compare'),
      overwrite: t('Overwrite'),
      discard: t('Discard Mine'),
      merge: t('Merge by Hand'),
    }
    const chosen = await prompts.choose({
      message: t('Others changed the same entries of {key}.', { key: safeLabel(document.address.key, 60) }),
      detail: [
        names,
        '',
        t(
          'Overwrite publishes yours over theirs; the history keeps both. Discard Mine takes theirs for these entries.',
        ),
      ].join('\n'),
      actions: [labels.compare, labels.overwrite, labels.discard, labels.merge],
    })
    if (!Object.values(labels).some(label => label === chosen)) return false
    const baseText = document.base?.text ?? ''
    // What they alone changed is taken in, whatever becomes of the rest.
    const taken = new Map(merged)
    if (chosen === labels.discard)
      for (const name of conflicts) {
        const text = document.history.entries.get(name)
        if (text === undefined) taken.delete(name)
        else taken.set(name, text)
      }
    await this.#take(open, taken)
    document.rebase()
    if (chosen === labels.compare) await compare(open)
    if (chosen === labels.merge) await mergeByHand(open, baseText)
    return chosen === labels.overwrite || chosen === labels.discard
  }

  /** The text gets these values; what has them already stays as it is. */
  async #take(open: OpenAggregate, entries: Entries): Promise<void> {
    if (!(await open.edit(setEntries(open.text.getText(), entries))))
      throw new Failure(t('The text changed meanwhile. Publish again.'))
  }

  /** Signs and sends. True when it is final, false when the network has not decided, undefined when nothing was sent. */
  async #send(open: OpenAggregate, mine: Entries): Promise<boolean | undefined> {
    const { document } = open
    const { consent, session, settings } = this.services
    const plan = document.plan(mine)
    const { active } = document
    if (!plan || !active) return undefined
    const removed = plan.changes.removed
    // Older revisions may set them too.
    if (removed.length) await document.history.loadAll()
    const choice = removed.length ? await this.#askRemoved(document, removed) : 'nothing'
    if (!choice) return undefined
    if (choice === 'keep') {
      const kept = new Map(mine)
      for (const name of removed) kept.set(name, document.history.entries.get(name) ?? 'null')
      await this.#take(open, kept)
      const rest = document.plan(kept)
      if (!rest || isNothing(rest.changes)) {
        await this.#save(open, kept)
        return undefined
      }
      return this.#send(open, kept)
    }
    const entries = publishedEntries(plan.changes, mine)
    if (choice === 'null') for (const entry of removed.map(nullEntry)) entries.set(...entry)
    const again = choice === 'forget' ? this.#published(document, removed) : new Map<string, string>()
    for (const [name, text] of again) if (!entries.has(name)) entries.set(name, text)
    const what = `${safeLabel(document.address.key, 40)}: ${changesText(plan.changes, t)}`
    if (!(await consent.ask(active, what))) return undefined
    const account = await session.signer(active)
    const { channel } = settings
    const isFinal = entries.size ? await document.publish(entries, { account, channel }) : true
    if (isFinal && choice === 'null') await this.#take(open, new Map([...mine, ...removed.map(nullEntry)]))
    if (isFinal && choice === 'forget') await this.#forget(document, removed, { account, channel })
    return isFinal
  }

  async #askRemoved(
    document: AggregateDocument,
    removed: readonly string[],
  ): Promise<'null' | 'forget' | 'keep' | undefined> {
    const names = changesText({ added: [], changed: [], removed: [...removed] }, t)
    const again = this.#published(document, removed)
    const hashes = setters(document, removed)
    const labels = { null: t('Set to null'), forget: t('Forget'), keep: t('Keep') }
    const chosen = await this.services.prompts.choose({
      message: t('An entry can not simply be removed.'),
      detail: [
        names,
        '',
        t('The network only ever sets entries. “Set to null” shows others that there was one.'),
        hashes.length === 1
          ? t('“Forget” takes the revision that set it off the network, for good; copies elsewhere can remain.')
          : t(
              '“Forget” takes the {count} revisions that set it off the network, for good; copies elsewhere can remain.',
              {
                count: this.services.format.number(hashes.length),
              },
            ),
        again.size
          ? t('Those also hold {names}, which are published again before.', {
              names: namesText([...again.keys()], t),
            })
          : '',
        t('“Keep” puts it back.'),
      ]
        .filter((line, index) => line || index === 1)
        .join('\n'),
      actions: [labels.null, labels.forget, labels.keep],
    })
    return (['null', 'forget', 'keep'] as const).find(each => labels[each] === chosen)
  }

  /** Entries that would vanish with the revisions that set the removed ones. */
  #published(document: AggregateDocument, removed: readonly string[]): Map<string, string> {
    const gone = new Set(setters(document, removed))
    const left = document.history.elements.filter(({ item_hash }) => !gone.has(item_hash))
    const again = new Map<string, string>()
    for (const [name, text] of document.history.entries) {
      const newest = document.history.elements.find(({ entries }) => entries.has(name))
      if (removed.includes(name) || !newest || !gone.has(newest.item_hash)) continue
      // A null that nothing older would take the place of needs not be said again.
      if (text !== 'null' || left.some(({ entries }) => entries.has(name))) again.set(name, text)
    }
    return again
  }

  async #forget(
    document: AggregateDocument,
    removed: readonly string[],
    { account, channel }: { account: Account; channel: string | undefined },
  ): Promise<void> {
    const { messages } = this.services.clientFor(document.network)
    const options = { account, ...(channel === undefined ? {} : { channel }) }
    const { failed, error } = await forgetBatches(
      setters(document, removed),
      async batch => (await messages.forget(batch, options)).status,
    )
    if (failed.length) throw error
  }

  /** What was published is the base now, and the editor has nothing unsaved unless the user typed on. */
  async #settle(open: OpenAggregate): Promise<void> {
    const { document } = open
    // The network has it: a node that is away now takes nothing from that.
    await document.refresh().catch(() => undefined)
    const { entries } = open.read()
    document.rebase()
    if (entries && sameEntries(textsOf(entries), document.history.entries)) await this.#save(open, textsOf(entries))
    await this.#tellViews(document)
  }

  async #save(open: OpenAggregate, entries: Entries): Promise<void> {
    if (!open.text.isDirty) return
    open.permit = entries
    try {
      await open.text.save()
    } finally {
      open.permit = undefined
    }
  }

  async #tellViews({ active }: AggregateDocument): Promise<void> {
    if (active) await this.services.lists.refreshFor(active)
  }

  async #offerForget({ document }: OpenAggregate, itemHash: unknown, reason: string): Promise<void> {
    const { prompts, session, clientFor, format, nowSeconds } = this.services
    const { active } = document
    if (typeof itemHash !== 'string' || !active) throw new Failure(reason)
    const now = format.dateTime(nowSeconds())
    const question = {
      message: t('Nothing can be published: the newest revision is dated in the future.'),
      detail: [
        reason,
        '',
        t('The clock of this computer says {now}. If that is wrong, set it right and publish again.', { now }),
        t('Forgetting the revision can not be undone.'),
      ].join('\n'),
      action: t('Forget It'),
    }
    if (!(await prompts.confirm(question))) return
    await orFail(t('Could not forget it'), async () => {
      await clientFor(document.network).messages.forget(itemHash, { account: await session.signer(active) })
      await document.refresh()
    })
  }

  #failureText(what: string, error: unknown): string {
    const sizes = isAlephError(error, 'TOO_LARGE') ? error.details['sizes'] : undefined
    const text = t('{what}: {reason}', { what, reason: reasonText(error, t) })
    if (typeof sizes !== 'object' || sizes === null) return text
    const { format } = this.services
    const largest = Object.entries(sizes as Record<string, number>)
      .sort(([, a], [, b]) => b - a)
      .slice(0, 3)
      .map(([name, bytes]) => `${safeLabel(name, 40)} ${format.size(bytes)}`)
    return `${text} ${t('Largest: {entries}.', { entries: largest.join(', ') })}`
  }

  /** One question for all documents that are written within a second. */
  #mayWrite(document: AggregateDocument, changes: EntryChanges): Promise<boolean> {
    return new Promise(done => {
      this.#asked.push({ document, changes, done })
      if (this.#asked.length > 1) return
      this.services.delay(togetherMs, () =>
        this.services.boundary.start('write', async () => {
          const asked = this.#asked
          this.#asked = []
          let isGranted = false
          try {
            isGranted = await this.#askToWrite(asked)
          } finally {
            for (const { done } of asked) done(isGranted)
          }
        }),
      )
    })
  }

  #askToWrite(asked: readonly AskedWrite[]): Promise<boolean> {
    const lines = asked.slice(0, 10).map(({ document: { address, active }, changes }) =>
      t('{key} to {network} as {account}: {changes}', {
        key: safeLabel(address.key, 40),
        network: active?.network.name ?? '',
        account: active?.account.name ?? '',
        changes: changesText(changes, t),
      }),
    )
    const others = asked.length - lines.length
    if (others > 0) lines.push(t('and {count} more', { count: this.services.format.number(others) }))
    return this.services.prompts.confirm({
      message: t('Something saves what would be published. Publish it?'),
      detail: [...lines, '', t('It becomes public: anyone can read it, and copies can outlive a later “forget”.')].join(
        '\n',
      ),
      action: t('Publish'),
    })
  }

  /** The same as the command, without choices: whatever needs one is left to it. */
  async #publishWrite(open: OpenAggregate, mine: Entries): Promise<void> {
    const { document } = open
    await document.whileBusy(async () => {
      try {
        this.#refuse(open)
        await document.refresh()
        this.#refuse(open)
        const plan = document.plan(mine)
        if (!plan || plan.conflicts.length || plan.theirs.length || plan.changes.removed.length)
          throw new Failure(t('Not published: this needs a decision. Use “Publish” for that.'))
        const isFinal = await this.#send(open, mine)
        if (isFinal === undefined) throw new Failure(t('Not published.'))
        if (!isFinal) {
          this.follow(document)
          throw new Failure(t('Published, and not final yet: the network has not decided.'))
        }
        await document.refresh().catch(() => undefined)
        document.rebase()
        await this.#tellViews(document)
      } catch (error) {
        if (error instanceof Failure) throw error
        throw new Failure(t('Not published: {reason}', { reason: reasonText(error, t) }), { cause: error })
      }
    })
  }

  #openOf(document: AggregateDocument): OpenAggregate | undefined {
    const text = workspace.textDocuments.find(({ uri }) => {
      const address = aggregateOf(uri)
      const { networkId, owner, key } = document.address
      return address?.networkId === networkId && address.owner === owner && address.key === key
    })
    return text && this.services.open.find(text.uri)
  }
}

/** What became of the entries that only others changed. */
function theirChanges(base: Entries, theirs: Entries, names: readonly string[]): EntryChanges {
  const { added, changed, removed } = changedEntries(base, theirs)
  const some = (all: readonly string[]) => all.filter(name => names.includes(name))
  return { added: some(added), changed: some(changed), removed: some(removed) }
}

/** Item hashes of every revision that set one of the entries. */
const setters = ({ history }: AggregateDocument, names: readonly string[]): string[] =>
  history.elements.filter(({ entries }) => names.some(name => entries.has(name))).map(({ item_hash }) => item_hash)

const nullEntry = (name: string): [string, string] => [name, 'null']
