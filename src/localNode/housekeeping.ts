// What a node does without being asked: deleting files whose time is over, and removing STOREs whose owner no longer
// holds enough (protocol §4.2, §6.5). Every step is logged, so that a replay takes the same ones.
import type { FileStore, ReceivedFile } from './fileStore.js'
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
  #collecting: Promise<void> | undefined

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

  /** From here on everything is logged. The first start counts as a collection: a node that is often restarted has to collect too. */
  async resume(log: RecordLog): Promise<void> {
    this.#log = log
    if (this.#lastCollection === undefined) await this.collect()
  }

  /** Called often: the clock may be anybody's. Resolves when nothing is being collected. */
  async tick(): Promise<void> {
    if (this.#collecting || this.#now() - (this.#lastCollection ?? 0) >= periodSeconds) await this.collect()
  }

  /**
   * Between the record of a collection and its effect no file may be given a name or a message that needs it: whoever
   * does that waits for `tick` first.
   */
  collect(): Promise<void> {
    return (this.#collecting ??= this.#collectNow().finally(() => (this.#collecting = undefined)))
  }

  #collectNow(): Promise<void> {
    const now = this.#now()
    return this.#log.append({ k: 'collected', t: now }, () => {
      this.#lastCollection = now
      for (const hash of this.#collect(now)) this.#files.remove(hash)
    })
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

  /** Stores a file that arrived under its name. Throws `NotWritten`. */
  async addFile(file: ReceivedFile, record: FileRecord): Promise<void> {
    await this.tick()
    this.#files.keep(file)
    await this.#do(record)
  }

  confirm(itemHash: string, confirmation: Confirmation): Promise<void> {
    return this.#do({ k: 'confirmed', h: itemHash, c: confirmation })
  }

  /** Whether anybody was ever given anything. */
  get isFunded(): boolean {
    const { held, credits } = this.#state.balances
    return held.size + credits.size > 0
  }

  /** Sets what accounts hold. Only what changes is recorded, so a node that starts the same way again adds nothing. */
  async fund({ balances = {}, credits = {} }: Funds): Promise<void> {
    const addresses = [...new Set([...Object.keys(balances), ...Object.keys(credits)])]
    const changed = (amounts: Amounts, known: ReadonlyMap<string, number>) =>
      Object.fromEntries(Object.entries(amounts).filter(([address, amount]) => known.get(address) !== amount))
    const record = {
      balances: changed(balances, this.#state.balances.held),
      credits: changed(credits, this.#state.balances.credits),
    }
    const isChanged = Object.keys(record.balances).length + Object.keys(record.credits).length > 0
    const check = () => Promise.all(addresses.flatMap(address => this.#checkBalance(address)))
    if (!isChanged) return void (await check())
    const funded: HousekeepingRecord = { k: 'funded', t: this.#now(), ...record }
    await this.#log.append(funded, () => {
      this.replay(funded)
      return check()
    })
  }

  /** Only large files of confirmed messages are ever taken away, the newest first. */
  #checkBalance(owner: string): Promise<void>[] {
    const { messages, balances } = this.#state
    const records: HousekeepingRecord[] = []
    const isConfirmed = (hash: string) => (messages.row(hash)?.confirmations.length ?? 0) > 0
    for (const payment of ['hold', 'credit'] as const)
      for (const { itemHash, isCovered } of [...balances.coverage(owner, payment, isConfirmed)]) {
        const entry = messages.get(itemHash)
        if (!entry || !('row' in entry)) continue
        if (!isCovered && entry.status === 'processed' && this.#canBeTaken(entry.row, payment))
          records.push({ k: 'removing', h: itemHash, g: this.#now() + removalSeconds })
        else if (isCovered && entry.status === 'removing') records.push({ k: 'recovered', h: itemHash })
      }
    return records.map(record => this.#do(record))
  }

  #canBeTaken(row: MessageRow, payment: Payment): boolean {
    const isLarge = (this.#state.files.get(row.contentHash ?? '')?.size ?? 0) > freeFileBytes
    if (payment === 'credit') return isLarge || row.time >= creditOnlyFrom
    return isLarge && (row.confirmations[0]?.height ?? 0) >= paidFromHeight
  }

  #do(record: HousekeepingRecord): Promise<void> {
    return this.#log.append(record, () => this.replay(record))
  }
}
