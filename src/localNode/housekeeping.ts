// What a node does without being asked: deleting files whose time is over, and removing STOREs whose owner no longer
// holds enough (protocol §4.2, §6.5). Every step is logged, so that a replay takes the same ones.
import type { FileStore } from './fileStore.js'
import { LogDamaged, noLog, type RecordLog } from './log.js'
import { creditOnlyFrom, freeFileBytes, type Payment } from './state/balances.js'
import type { Confirmation, MessageRow } from './state/messages.js'
import type { State } from './state/state.js'

/**
 * A file that arrived: hash, size, whether the storage engine has it, whether it is a directory, and until when it lives
 * without a message.
 */
export interface FileRecord {
  k: 'file'
  h: string
  s: number
  c: boolean
  d?: true
  g?: number
}

export type HousekeepingRecord =
  | FileRecord
  | { k: 'collected'; t: number }
  | { k: 'confirmed'; h: string; c: Confirmation }
  | { k: 'removing'; h: string; g: number }
  | { k: 'recovered'; h: string }
  | ({ k: 'funded'; t: number } & Funds)

/** Amounts by address; `'*'` is everybody who is not named. */
export type Amounts = Readonly<Record<string, number>>

/** ALEPH held and credits. */
export interface Funds {
  balances?: Amounts | undefined
  credits?: Amounts | undefined
}

const periodSeconds = 86_400
/** An hour longer than a day, so that the collector can not come too early. */
const removalSeconds = 25 * 3600
/** STOREs confirmed below this height were free. */
const paidFromHeight = 22_196_000

export class Housekeeping {
  readonly #state: State
  readonly #files: FileStore
  readonly #now: () => number
  #log: RecordLog = noLog
  #lastCollection: number | undefined

  constructor(state: State, files: FileStore, now: () => number) {
    this.#state = state
    this.#files = files
    this.#now = now
  }

  /** Throws for a record of another version. */
  replay(record: HousekeepingRecord): void {
    const { files, messages, balances } = this.#state
    switch (record.k) {
      case 'file':
        files.set(record.h, record.s, record.c, record.d)
        if (record.g !== undefined) files.addGrace(record.h, record.g)
        break
      case 'collected':
        this.#lastCollection = record.t
        this.#collect(record.t)
        break
      case 'confirmed':
        messages.confirm(record.h, record.c)
        break
      case 'removing':
        files.startRemoval(record.h, record.g)
        messages.setRemoving(record.h, true)
        break
      case 'recovered':
        files.cancelRemoval(record.h)
        messages.setRemoving(record.h, false)
        break
      case 'funded':
        for (const [address, aleph] of Object.entries(record.balances ?? {})) balances.held.set(address, aleph)
        for (const [address, credits] of Object.entries(record.credits ?? {}))
          balances.setCredits(address, credits, record.t)
        break
      default:
        throw new LogDamaged(
          `The log holds a record of the unknown kind "${String((record as { k: unknown }).k)}"; ` +
            'start it with the version of the node that wrote it.',
        )
    }
  }

  resume(log: RecordLog): void {
    this.#log = log
    // The first start is logged as an empty collection: a node that is often restarted has to collect too.
    if (this.#lastCollection === undefined) this.collect()
    this.#files.sweep(hash => this.#state.files.get(hash) !== undefined)
  }

  /** Called often: the clock may be anybody's. */
  tick(): void {
    if (this.#now() - (this.#lastCollection ?? 0) >= periodSeconds) this.collect()
  }

  collect(): void {
    const now = this.#now()
    this.#lastCollection = now
    for (const hash of this.#collect(now)) this.#files.remove(hash)
    this.#log.append({ k: 'collected', t: now })
  }

  #collect(now: number): string[] {
    const { files, messages, balances } = this.#state
    for (const { hash } of [...files.removalsDue(now)]) {
      const row = messages.row(hash)
      if (!row) continue
      messages.end(row, 'removed', files.get(row.contentHash ?? '')?.size ?? null, now, [])
      balances.stop(hash)
    }
    return files.collect(now)
  }

  /** A file that arrived, with 24 hours to live if nobody signed for it. */
  addFile(record: FileRecord): void {
    this.#do(record)
  }

  confirm(itemHash: string, confirmation: Confirmation): void {
    this.#do({ k: 'confirmed', h: itemHash, c: confirmation })
  }

  /** Whether anybody was ever given anything. */
  get isFunded(): boolean {
    const { held, credits } = this.#state.balances
    return held.size + credits.size > 0
  }

  /** Sets what accounts hold. Only what changes is recorded, so a node that starts the same way again adds nothing. */
  fund({ balances = {}, credits = {} }: Funds): void {
    const changed = (amounts: Amounts, known: ReadonlyMap<string, number>) =>
      Object.fromEntries(Object.entries(amounts).filter(([address, amount]) => known.get(address) !== amount))
    const record = {
      balances: changed(balances, this.#state.balances.held),
      credits: changed(credits, this.#state.balances.credits),
    }
    const isChanged = Object.keys(record.balances).length + Object.keys(record.credits).length > 0
    if (isChanged) this.#do({ k: 'funded', t: this.#now(), ...record })
    for (const address of new Set([...Object.keys(balances), ...Object.keys(credits)])) this.#checkBalance(address)
  }

  /** Only large files of confirmed messages are ever taken away, the newest first. */
  #checkBalance(owner: string): void {
    const { messages, balances } = this.#state
    const isConfirmed = (hash: string) => (messages.row(hash)?.confirmations.length ?? 0) > 0
    for (const payment of ['hold', 'credit'] as const)
      for (const { itemHash, isCovered } of [...balances.coverage(owner, payment, isConfirmed)]) {
        const entry = messages.get(itemHash)
        if (!entry || !('row' in entry)) continue
        if (!isCovered && entry.status === 'processed' && this.#canBeTaken(entry.row, payment))
          this.#do({ k: 'removing', h: itemHash, g: this.#now() + removalSeconds })
        else if (isCovered && entry.status === 'removing') this.#do({ k: 'recovered', h: itemHash })
      }
  }

  #canBeTaken(row: MessageRow, payment: Payment): boolean {
    const isLarge = (this.#state.files.get(row.contentHash ?? '')?.size ?? 0) > freeFileBytes
    if (payment === 'credit') return isLarge || row.time >= creditOnlyFrom
    return isLarge && (row.confirmations[0]?.height ?? 0) >= paidFromHeight
  }

  #do(record: HousekeepingRecord): void {
    this.replay(record)
    this.#log.append(record)
  }
}
