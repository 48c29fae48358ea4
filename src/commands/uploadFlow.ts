// From files to an upload: the plan, one question, the transfer, one toast. Every gesture ends here.
import { commands as vscodeCommands, workspace } from 'vscode'
import { isAlephError } from '../client/errors.js'
import type { Consent } from '../core/consent.js'
import type { Format } from '../core/format.js'
import type { Lists } from '../core/lists.js'
import { isStoppedLocalNode } from '../core/localNode.js'
import { reasonText } from '../core/reason.js'
import { canPublish, type Active, type Session } from '../core/session.js'
import type { ClientFor } from '../core/storageClient.js'
import { findCopies, hashFiles } from '../core/upload/copies.js'
import { planCost } from '../core/upload/cost.js'
import {
  itemPath,
  storableItems,
  type PlanNotes,
  type UploadFiles,
  type UploadItem,
  type UploadPlan,
} from '../core/upload/plan.js'
import { nothingText, planName, planText } from '../core/upload/planText.js'
import type { Transfer } from '../core/upload/transfer.js'
import type { Transfers } from '../core/upload/transfers.js'
import type { Boundary } from '../host/boundary.js'
import { isCancel } from '../host/failure.js'
import type { Log } from '../host/log.js'
import type { Messages } from '../host/messages.js'
import { transferring, whenSlow } from '../host/progress.js'
import type { Prompts } from '../host/prompts.js'
import type { Settings } from '../host/settings.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import { safeLabel } from '../shared/safeText.js'
import { startAction } from './localNode.js'
import { changeOptions } from './uploadOptions.js'

export interface UploadServices {
  session: Session
  consent: Consent
  lists: Lists
  transfers: Transfers
  clientFor: ClientFor
  settings: Settings
  format: Format
  prompts: Prompts
  messages: Messages
  boundary: Boundary
  log: Log
  /** Goes to the row of a file in the Files view. */
  revealFile: (itemHash: string) => Promise<void>
  /** Opens a stored file as a click on its row does. */
  openFile: (active: Active, itemHash: string, name: string) => Promise<void>
  copyLink: (active: Active, files: { engine: 'ipfs' | 'storage'; fileHash: string }[]) => Promise<void>
}

export interface Proposal extends UploadFiles {
  unsaved?: readonly string[]
  /** What was decided before, when an upload is taken up again. */
  decided?: Pick<UploadPlan, 'engine' | 'channel' | 'tags' | 'uploadId'>
}

/** A node that does not answer should not keep the plan from its reader. */
const patienceMs = 5000

export class UploadFlow {
  constructor(private readonly services: UploadServices) {}

  /** The pair to publish with; undefined after telling what is missing. */
  async publisher(): Promise<Active | undefined> {
    const { session, messages, boundary } = this.services
    await session.start()
    const { account } = session
    if (account && canPublish(account)) return session.active
    const text = account
      ? t('The account {name} is an address without a key and can not publish.', { name: account.name })
      : t('Publishing needs an account.')
    const run = (id: string) => () => vscodeCommands.executeCommand(id)
    boundary.start('upload', () =>
      messages.done(text, {
        [t('Create a Key…')]: run(commands.accountCreate),
        [t('Import a Key…')]: run(commands.accountImport),
      }),
    )
    return undefined
  }

  /** Asks until it is clear what to do, then does it. */
  async propose(active: Active, { unsaved = [], decided, ...files }: Proposal): Promise<void> {
    const { settings, prompts, format, consent } = this.services
    let plan: UploadPlan = {
      ...(await this.#withoutBusy(active, files)),
      ...(decided ?? {
        engine: settings.uploadEngine,
        channel: settings.channel,
        tags: [],
        uploadId: crypto.randomUUID(),
      }),
      active,
    }
    let notes: PlanNotes | undefined
    for (;;) {
      if (!plan.items.length) {
        const { question, detail } = nothingText(plan, format, t)
        return prompts.tell(question, detail)
      }
      notes ??= await whenSlow(t('Looking at what is stored already'), signal => this.#notes(plan, unsaved, signal))
      const choice = await this.#ask(plan, notes)
      if (!choice) return
      if (choice === 'show') return this.#showCopy(notes)
      if (choice === 'options') {
        const changed = await changeOptions(plan, prompts, format)
        if (changed.engine !== plan.engine) notes = undefined
        plan = changed
        continue
      }
      if (!(await consent.ask(active, planName(plan, format, t)))) return
      // While the question stood, another window may have begun with the same files.
      plan = { ...plan, ...(await this.#withoutBusy(active, { ...plan, items: choice })) }
      if (plan.items.length) return this.#start(plan)
    }
  }

  /** Uploads again what failed or was cancelled, and tells how it went. */
  async retry(transfer: Transfer): Promise<void> {
    if (!transfer.isRunning) await this.#follow(transfer, this.services.transfers.run(transfer))
  }

  /** The files to upload, or what else was chosen. */
  async #ask(plan: UploadPlan, notes: PlanNotes): Promise<readonly UploadItem[] | 'show' | 'options' | undefined> {
    const { prompts, format } = this.services
    const { question: message, detail } = planText(plan, notes, format, t)
    const options = t('Options…')
    const storable = storableItems(plan, notes)
    const fresh = storable.filter(item => !notes.copies.has(item))
    const isAll = storable.length === plan.items.length
    // The first button is what Enter presses.
    const ways: [string, readonly UploadItem[] | 'show'][] = !storable.length
      ? []
      : fresh.length === storable.length
        ? [[isAll ? t('Upload') : t('Upload the Others'), storable]]
        : fresh.length
          ? [
              [t('Upload New Only'), fresh],
              [isAll ? t('Upload All') : t('Upload the Others'), storable],
            ]
          : [
              [t('Show in Files'), 'show'],
              [t('Upload Again'), storable],
            ]
    const chosen = await prompts.choose({ message, detail, actions: [...ways.map(([label]) => label), options] })
    return chosen === options ? 'options' : ways.find(([label]) => label === chosen)?.[1]
  }

  async #showCopy({ copies }: PlanNotes): Promise<void> {
    const [copy] = copies.values()
    if (copy) await this.services.revealFile(copy.itemHash)
  }

  /** What makes the question a good one; a node that is away makes it a shorter one. */
  async #notes(plan: UploadPlan, unsaved: readonly string[], signal: AbortSignal): Promise<PlanNotes> {
    const { clientFor, log } = this.services
    const { active, engine, items } = plan
    const client = clientFor(active.network)
    const patient = () => AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
    const orNothing = async <T>(act: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await act()
      } catch (error) {
        if (signal.aborted || !isAlephError(error)) throw error
        log.warn('upload', `the plan does without what the node did not tell: ${error.message}`)
        return undefined
      }
    }
    const [cost, hashed] = await Promise.all([
      orNothing(() => planCost(client, plan, patient())),
      hashFiles(items, { client, engine, signal }),
    ])
    const copies = cost && (await orNothing(() => findCopies(hashed, { client, active, signal: patient() })))
    return {
      unsaved,
      copies: copies ?? new Map(),
      isCompared: copies !== undefined && hashed.isComplete,
      cost,
      isTrusted: workspace.isTrusted,
    }
  }

  /** Files that an upload is at, here or in another window, are not uploaded a second time beside it. */
  async #withoutBusy<T extends UploadFiles>(active: Active, files: T): Promise<T> {
    const busy = await this.services.transfers.busyKeys(active)
    if (!busy.size) return files
    const isBusy = ({ key }: UploadItem) => key !== undefined && busy.has(key)
    const reason = t('it is being uploaded already')
    const skipped = files.items.filter(isBusy).map(item => ({ path: itemPath(item), reason }))
    return { ...files, items: files.items.filter(item => !isBusy(item)), skipped: [...files.skipped, ...skipped] }
  }

  async #start(plan: UploadPlan): Promise<void> {
    const { session, transfers } = this.services
    // A key that is gone is no fault of the files: said once, with what helps, before there is a transfer.
    await session.signer(plan.active)
    const transfer = await transfers.create(plan)
    await this.#follow(transfer, transfers.run(transfer))
  }

  async #follow(transfer: Transfer, running: Promise<void>): Promise<void> {
    const { lists, format, log, boundary } = this.services
    const { active } = transfer.plan
    const name = planName(transfer.plan, format, t)
    await transferring(t('Uploading {name}', { name }), transfer, format, signal => {
      signal.addEventListener('abort', () => transfer.cancel(), { once: true })
      return running
    })
    for (const { item, result, error } of transfer.items) {
      if (result)
        log.info('upload', `${item.name} is ${result.status}: message ${result.item_hash}, file ${result.file_hash}`)
      else if (error && !isCancel(error)) log.error('upload', `${item.name} failed`, error)
    }
    if (transfer.published.length) await lists.refreshFor(active)
    boundary.start('upload', () => this.#report(transfer, name))
  }

  /** One toast, whatever happened. */
  async #report(transfer: Transfer, name: string): Promise<void> {
    const { messages, format, copyLink, revealFile, openFile, boundary } = this.services
    const { active } = transfer.plan
    const done = transfer.published
    const failed = transfer.of('failed')
    const cancelled = transfer.of('cancelled')
    const [first] = done
    const network = active.network.name
    const copy = () =>
      copyLink(
        active,
        done.map(({ result }) => ({ engine: result.engine, fileHash: result.file_hash })),
      )
    const reveal = first && { [t('Reveal in Files')]: () => revealFile(first.result.item_hash) }

    if (failed.length) {
      const count = format.number(failed.length)
      const retry = transfer.items.length === 1 ? t('Retry') : t('Retry Failed ({count})', { count })
      const start = failed.some(({ error }) => isStoppedLocalNode(active.network, error)) ? startAction() : {}
      const actions = { [retry]: () => boundary.run('upload', () => this.retry(transfer)), ...start, ...reveal }
      return messages.failedWork(done.length > 0, this.#failureText(transfer, name), actions)
    }
    if (cancelled.length) {
      if (!first) return
      const counts = { done: format.number(done.length), total: format.number(transfer.items.length), network }
      return messages.done(t('Upload cancelled: {done} of {total} files are published on {network}.', counts), {
        ...reveal,
      })
    }
    if (!first) return
    const values = { name, network }
    const isPending = done.some(({ result }) => result.status !== 'processed')
    if (done.length > 1) {
      const text = isPending
        ? t('Uploaded {name} to {network}. The node has not confirmed all of it yet.', values)
        : t('Uploaded {name} to {network}.', values)
      return messages.done(text, { [t('Copy Links')]: copy, ...reveal })
    }
    const text = isPending
      ? t('Uploaded {name} to {network}. The node has not confirmed it yet.', values)
      : t('Uploaded {name} to {network}.', values)
    const open = () => openFile(active, first.result.item_hash, first.item.name)
    return messages.done(text, { [t('Copy Link')]: copy, [t('Open')]: open, ...reveal })
  }

  #failureText(transfer: Transfer, name: string): string {
    const { format } = this.services
    const failed = transfer.of('failed')
    const [first] = failed
    const reason = reasonText(first?.error, t)
    if (transfer.items.length === 1) return t('Could not upload {name}: {reason}', { name, reason })
    return t('Could not upload {failed} of {total} files. {name}: {reason}', {
      failed: format.number(failed.length),
      total: format.number(transfer.items.length),
      name: safeLabel(first?.item.name ?? '', 60),
      reason,
    })
  }
}
