// What can be done with uploads that run, failed, or were left undone: cancel, try again, take up, put away.
import { Uri } from 'vscode'
import type { Format } from '../core/format.js'
import type { Session } from '../core/session.js'
import type { JournalEntry, JournalItem } from '../core/upload/journal.js'
import { itemPath, type SkippedEntry, type UploadItem } from '../core/upload/plan.js'
import { planName } from '../core/upload/planText.js'
import type { Transfer, TransferItem } from '../core/upload/transfer.js'
import type { TransferNode } from '../core/upload/transferNodes.js'
import type { Transfers } from '../core/upload/transfers.js'
import { Failure } from '../host/failure.js'
import type { Messages } from '../host/messages.js'
import { whenSlow } from '../host/progress.js'
import type { Prompts } from '../host/prompts.js'
import { t } from '../host/translate.js'
import { workspaceFiles } from '../host/workspaceFiles.js'
import { commands } from '../shared/ids.js'
import { safeLabel } from '../shared/safeText.js'
import type { Handlers } from './handlers.js'
import type { UploadFlow } from './uploadFlow.js'

export interface TransferServices {
  session: Session
  transfers: Transfers
  flow: UploadFlow
  prompts: Prompts
  messages: Messages
  format: Format
}

export class TransferCommands {
  constructor(private readonly services: TransferServices) {}

  handlers(): Handlers {
    const { transfers, flow } = this.services
    return {
      [commands.transfersCancel]: (...args) => this.#cancel(args),
      [commands.transfersRetry]: async node => {
        const transfer = await this.#transfer(node, each => !each.isRunning, t('Choose an upload to try again'))
        if (transfer) await flow.retry(transfer)
      },
      [commands.transfersResume]: async node => {
        const entry = await this.#interrupted(node)
        if (entry) await this.#resume(entry)
      },
      [commands.transfersDismiss]: async node => {
        const entry = isNode(node) && node.kind === 'interrupted' ? node.entry : undefined
        const ended = entry ?? (await this.#transfer(node, each => !each.isRunning, t('Choose an upload to dismiss')))
        if (!ended) return
        if (ended !== entry && !(await this.#mayGiveUp(undecided(ended as Transfer)))) return
        await transfers.dismiss(ended)
      },
      [commands.transfersClear]: async () => {
        // What may still arrive hasn't ended.
        const ended = transfers.all.filter(each => !each.isRunning && !undecided(each).length)
        await Promise.all([...ended, ...transfers.interrupted].map(each => transfers.dismiss(each)))
      },
      [commands.transfersSendAgain]: async node => {
        const isWanted = (each: Transfer) => !each.isRunning && each.of('notFound').length > 0
        const transfer = await this.#transfer(node, isWanted, t('Choose an upload to send again'))
        if (transfer)
          await flow.retry(
            transfer,
            itemsOf(node, transfer).filter(({ state }) => state === 'notFound'),
          )
      },
      [commands.transfersDiscard]: async node => {
        const isWanted = (each: Transfer) => !each.isRunning && undecided(each).length > 0
        const transfer = await this.#transfer(node, isWanted, t('Choose an upload to discard'))
        if (!transfer) return
        const entries = itemsOf(node, transfer).filter(({ signed }) => signed)
        if (entries.length && (await this.#mayGiveUp(entries))) await transfers.discard(transfer, entries)
      },
    }
  }

  /** Whoever gives up what may have arrived should know it. */
  async #mayGiveUp(entries: readonly TransferItem[]): Promise<boolean> {
    const { prompts, format } = this.services
    const [first] = entries
    if (!first) return true
    const message =
      entries.length === 1
        ? t('Discard the upload of {name}?', { name: safeLabel(first.item.name, 60) })
        : t('Discard the upload of {count} files?', { count: format.number(entries.length) })
    const detail = t('It may have been published already. If you upload it again, it may be published a second time.')
    return prompts.confirm({ message, detail, action: t('Discard') })
  }

  async #cancel(args: readonly unknown[]): Promise<void> {
    const [node] = args
    // VS Code hands over undefined for a row that it just asks for anew. It may have been one file of many.
    if (args.length && node === undefined) {
      void this.services.messages.done(t('This row changed in the moment of the click. Try again.'))
      return
    }
    if (isNode(node) && node.kind === 'transferItem') return node.transfer.cancel(node.entry)
    const transfer = await this.#transfer(node, each => each.isRunning, t('Choose an upload to cancel'))
    transfer?.cancel()
  }

  /** The window that began it is gone: whatever it did not publish is planned anew, under the same id. */
  async #resume(entry: JournalEntry): Promise<void> {
    const { session, flow, transfers } = this.services
    await session.start()
    const network = session.networks.find(({ id }) => id === entry.networkId)
    if (!network)
      throw new Failure(
        t('The network {network} of this upload is no longer in the settings. Add it again, or dismiss the upload.', {
          network: entry.networkId,
        }),
      )
    const account = session.accountsOf(network).find(({ address }) => address === entry.address)
    if (!account)
      throw new Failure(
        t('The account {address} of this upload was removed. Import its key again, or dismiss the upload.', {
          address: entry.address,
        }),
      )
    const left = entry.items.filter((_, index) => !entry.done.has(index))
    const found = await whenSlow(t('Looking at the files to upload'), () => Promise.all(left.map(reopened)))
    const items = found.filter(each => 'source' in each)
    const skipped = found.filter(each => 'reason' in each)
    const { engine, channel, tags, id: uploadId } = entry
    await flow.propose({ network, account }, { items, skipped, decided: { engine, channel, tags, uploadId } })
    if (!items.length) await transfers.dismiss(entry)
  }

  /** That of the row, else the only one there is, else what the user picks. */
  async #transfer(
    node: unknown,
    isWanted: (transfer: Transfer) => boolean,
    title: string,
  ): Promise<Transfer | undefined> {
    const { transfers, prompts, messages, format } = this.services
    if (isNode(node) && 'transfer' in node) return isWanted(node.transfer) ? node.transfer : undefined
    const wanted = transfers.all.filter(isWanted)
    if (!wanted.length) void messages.done(t('There is no such upload.'))
    if (wanted.length <= 1) return wanted[0]
    const items = wanted.map(value => ({ label: planName(value.plan, format, t), value }))
    return prompts.pick(items, { title })
  }

  async #interrupted(node: unknown): Promise<JournalEntry | undefined> {
    const { transfers, prompts, messages, format } = this.services
    if (isNode(node) && node.kind === 'interrupted') return node.entry
    const { interrupted } = transfers
    if (!interrupted.length) void messages.done(t('No upload was interrupted.'))
    if (interrupted.length <= 1) return interrupted[0]
    const items = interrupted.map(value => ({ label: planName(value, format, t), value }))
    return prompts.pick(items, { title: t('Choose an upload to resume') })
  }
}

async function reopened(item: JournalItem): Promise<UploadItem | SkippedEntry> {
  const path = itemPath(item)
  if (item.key === undefined) return { path, reason: t('its text was not kept') }
  try {
    const uri = Uri.parse(item.key, true)
    const { kind, sizeBytes, bytes } = await workspaceFiles.stat(uri)
    if (kind !== 'file') return { path, reason: t('not a file') }
    const real = await workspaceFiles.real(uri)
    if (item.folder && real && (await realPathIn(item.folder.path, uri)) !== real.path)
      return { path, reason: t('it, or a folder above it, is a link. Upload it again.') }
    return { ...item, sizeBytes, source: bytes ?? workspaceFiles.source(uri, sizeBytes, real) }
  } catch {
    return { path, reason: t('no longer there') }
  }
}

/** Signed, and not decided. */
const undecided = ({ items }: Transfer): TransferItem[] => items.filter(({ signed }) => signed)

/** The one of the row, else all. */
const itemsOf = (node: unknown, { items }: Transfer): readonly TransferItem[] =>
  isNode(node) && node.kind === 'transferItem' ? [node.entry] : items

/** Where a file of an uploaded folder stands if no link leads to it from there. */
async function realPathIn(path: string, uri: Uri): Promise<string | undefined> {
  const folder = Uri.joinPath(uri, ...path.split('/').map(() => '..'))
  const real = await workspaceFiles.real(folder)
  return real && Uri.joinPath(real, path).path
}

const kinds = new Set<unknown>(['transfer', 'interrupted', 'transferItem', 'transferRest'])

const isNode = (value: unknown): value is TransferNode =>
  typeof value === 'object' && value !== null && 'kind' in value && kinds.has(value.kind)
