// An Aleph node on one machine: the HTTP API of a real node (pyaleph), for development and tests. State comes from a
// log and files in `dataDir`, or is kept nowhere.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { developmentAccounts } from './accounts.js'
import { Faults } from './faults.js'
import { FileStore } from './fileStore.js'
import { Housekeeping, type Amounts, type Funds, type HousekeepingRecord } from './housekeeping.js'
import { idleTicks, IdleWatch } from './idle.js'
import { lockDataDir } from './lock.js'
import type { Disk } from './disk.js'
import { LiveServer, type LiveOptions } from './live/liveServer.js'
import { noLog, openLog } from './log.js'
import { Neighbors, type NeighborOptions } from './neighbors.js'
import { isMessageRecord, Processing, retryDelayMs, type MessageRecord } from './processing.js'
import { routes } from './routes/routes.js'
import { NodeServer } from './server.js'
import type { Confirmation } from './state/messages.js'
import { State } from './state/state.js'

export { developmentAccounts, type DevelopmentAccount } from './accounts.js'
export { Faults, FaultSyntaxError, faultHelp, type Fault } from './faults.js'
export type { Amounts } from './housekeeping.js'
export type { LiveOptions } from './live/liveServer.js'
export type { Confirmation } from './state/messages.js'
export { LogDamaged } from './log.js'
export { DataDirLocked } from './lock.js'

export interface LocalNodeOptions extends Omit<NeighborOptions, 'host'> {
  /** 0, the default, takes a free one. */
  port?: number
  /** If the port is in use, take the next free one. */
  nextPort?: boolean
  host?: string
  /** Where everything is kept. Without it nothing outlives the node. */
  dataDir?: string
  /** Milliseconds since 1970; the node asks no other clock. */
  now?: () => number
  /** False leaves out the header with the time, for clients that live by another clock; they refuse to sign otherwise. */
  sendsDate?: boolean
  /**
   * ALEPH held. Amounts are kept in `dataDir` until they are set anew. Where nobody ever got any, with neither
   * `balances` nor `credits` the ten development accounts are funded.
   */
  balances?: Amounts
  credits?: Amounts
  /** How long a request with `sync: true` waits; 30 s as the real node. */
  syncTimeoutMs?: number
  /** How often a message that lacks something is tried again before it is rejected; 10 as the real node. */
  maxRetries?: number
  /** The real node waits a random time of up to min(2ⁿ, 300) seconds before retry number n; this makes it shorter. */
  retryScale?: number
  /** From 0 to below 1; Math.random by default. */
  random?: () => number
  /** Before retry number `retries + 1`, in place of the above. */
  retryDelayMs?: (retries: number) => number
  /** Of the WebSocket; see `LiveOptions`. */
  live?: Partial<LiveOptions>
  /** See `faultHelp`. */
  faults?: readonly string[]
  /** Told in a header of `/version`, by which whoever started the node knows it again. */
  instance?: string
  /** After so long without a request `onIdle` is called, once. */
  idleTimeoutMs?: number
  onIdle?: () => void
  /** Gets warnings, such as a record that was cut off. */
  warn?: (text: string) => void
  /** For tests of a full disk. */
  disk?: Disk
}

export interface LocalNode {
  readonly url: string
  readonly port: number
  /** Faults that can be added and cleared while the node runs. */
  readonly faults: Faults
  /** Large confirmed STOREs that the new balance does not cover become `removing`, or recover (protocol §6.5). */
  setBalance(address: string, aleph: number): void
  /** Adds an entry to the credit history; credit STOREs that are no longer paid for a day are treated likewise. */
  setCredits(address: string, credits: number): void
  /** Resolves when no message is pending any more. */
  idle(): Promise<void>
  /** Deletes files whose time is over, as a real node does once a day. Happens by itself as the clock goes on. */
  collectGarbage(): void
  /** Puts a message on a chain. No message of a local node gets there by itself. */
  confirm(itemHash: string, confirmation: Confirmation): void
  close(): Promise<void>
}

type LogRecord = MessageRecord | HousekeepingRecord

/** Starts a node. Throws `DataDirLocked`, `LogDamaged`, `FaultSyntaxError`, or the error of a port in use. */
export async function startLocalNode(options: LocalNodeOptions = {}): Promise<LocalNode> {
  const { dataDir, host = '127.0.0.1', disk, warn = () => undefined, random = Math.random, retryScale = 1 } = options
  const clock = options.now ?? Date.now
  const now = () => clock() / 1000
  const faults = new Faults()
  for (const spec of options.faults ?? []) faults.add(spec)

  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const unlock = dataDir === undefined ? () => undefined : lockDataDir(dataDir)
  try {
    const state = new State()
    const files = new FileStore(dataDir === undefined ? undefined : join(dataDir, 'files'), disk)
    const processing = new Processing(state, files, noLog, {
      now,
      maxRetries: options.maxRetries ?? 10,
      random,
      retryDelayMs: options.retryDelayMs ?? (retries => retryDelayMs(retries, random()) * retryScale),
      syncTimeoutMs: options.syncTimeoutMs ?? 30_000,
      onProcessed: row => live.publish(row),
      collected: () => housekeeping.tick(),
    })
    const housekeeping = new Housekeeping(state, files, now)
    const replay = (value: unknown) => {
      const record = value as LogRecord
      if (isMessageRecord(record)) processing.replay(record)
      else housekeeping.replay(record)
    }
    const { log, isTorn } =
      dataDir === undefined
        ? { log: noLog, isTorn: false }
        : await openLog(join(dataDir, 'messages.log'), replay, warn, disk)
    // A log that lost its end may have lost more than a record: what it no longer names stays where it is.
    if (!isTorn) {
      const { count, folder } = files.tidy(hash => state.files.get(hash) !== undefined)
      if (count) warn(`${count} files that no record names were moved to ${folder}. They are deleted after 30 days.`)
    }
    await housekeeping.resume(log)
    await housekeeping.fund(fundsOf(options, housekeeping.isFunded))
    const live = new LiveServer(state.messages, options.live)
    processing.resume(log)
    const failed = (error: unknown) => warn(`Housekeeping failed: ${(error as Error).message}.`)
    const timer = setInterval(() => void housekeeping.tick().catch(failed), 60_000)
    timer.unref()

    const idle = new IdleWatch(() => options.onIdle?.())
    const idleTimer =
      options.idleTimeoutMs === undefined
        ? undefined
        : setInterval(() => idle.tick(), options.idleTimeoutMs / idleTicks).unref()

    const { instance, sendsDate = true } = options
    const parts = { state, files, processing, housekeeping, live, now, instance, sendsDate }
    const neighbors = new Neighbors({ ...options, host })
    const server = new NodeServer(parts, faults, neighbors, routes, () => idle.begin())
    const close = async () => {
      clearInterval(timer)
      clearInterval(idleTimer)
      processing.close()
      await server.close()
      await log.close()
      files.close()
      unlock()
    }
    try {
      const port = await listen(server, host, options)
      return {
        url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
        port,
        faults,
        setBalance: (address, aleph) => void housekeeping.fund({ balances: { [address]: aleph } }).catch(failed),
        setCredits: (address, credits) => void housekeeping.fund({ credits: { [address]: credits } }).catch(failed),
        idle: () => processing.idle(),
        confirm: (itemHash, confirmation) => void housekeeping.confirm(itemHash, confirmation).catch(failed),
        collectGarbage: () => void housekeeping.collect().catch(failed),
        close,
      }
    } catch (error) {
      clearInterval(timer)
      clearInterval(idleTimer)
      processing.close()
      await log.close()
      files.close()
      throw error
    }
  } catch (error) {
    unlock()
    throw error
  }
}

const portTries = 100

/** Windows sets ports aside for itself and says that they are forbidden. */
const isTaken = (error: unknown) => ['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')

async function listen(server: NodeServer, host: string, { port = 0, nextPort }: LocalNodeOptions): Promise<number> {
  const last = nextPort ? Math.min(port + portTries - 1, 65_535) : port
  for (let candidate = port; ; candidate++)
    try {
      return await server.listen(candidate, host)
    } catch (error) {
      if (!isTaken(error) || candidate >= last) throw error
    }
}

function fundsOf({ balances, credits }: LocalNodeOptions, isFunded: boolean): Funds {
  if (balances || credits || isFunded) return { balances, credits }
  const addresses = developmentAccounts().map(account => account.address)
  return {
    balances: Object.fromEntries(addresses.map(address => [address, 100_000])),
    credits: Object.fromEntries(addresses.map(address => [address, 1e9])),
  }
}
