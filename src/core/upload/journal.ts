// What is being uploaded, kept where all windows see it: none uploads what another is at, and what a closed window left
// undone is offered to be taken up again. Names, places and hashes only; never a key, never the bytes.
import type { StoreType } from '../../client/index.js'
import { ownerOf, type Active } from '../session.js'
import type { Transfer } from './transfer.js'
import type { UploadItem, UploadPlan } from './plan.js'

/** Small files that all windows share. */
export interface JournalStore {
  names(): Promise<string[]>
  /** Undefined when it is not there (any more). */
  read(name: string): Promise<string | undefined>
  write(name: string, text: string): Promise<void>
  remove(name: string): Promise<void>
}

/** An upload as it can be read back. */
export interface JournalEntry {
  readonly id: string
  readonly networkId: string
  readonly address: string
  readonly owner: string
  readonly engine: StoreType
  readonly channel: string | undefined
  readonly tags: readonly string[]
  readonly items: readonly JournalItem[]
  /** Indexes of items that are published. */
  readonly done: ReadonlySet<number>
}

export type JournalItem = Pick<UploadItem, 'name' | 'sizeBytes' | 'key' | 'folder'>

/** Changes all the time, so it is a file of its own. */
interface Pulse {
  windowId: string
  /** When its window last said that it lives; milliseconds. */
  beatMs: number
  isOpen: boolean
  done: number[]
}

const version = 1
export const beatEveryMs = 15_000
/** A window that was silent for longer is gone. */
export const silentAfterMs = 60_000

const planFile = (id: string) => `${id}.plan.json`
const pulseFile = (id: string) => `${id}.pulse.json`

export class Journal {
  constructor(
    private readonly store: JournalStore,
    private readonly windowId: string,
    private readonly now: () => number,
  ) {}

  async begin(plan: UploadPlan): Promise<void> {
    // The pulse first: a plan without one is one that nobody is at.
    await this.#writePulse(plan.uploadId, { isOpen: true, done: [] })
    await this.store.write(planFile(plan.uploadId), JSON.stringify(writePlan(plan)))
  }

  async beat(transfer: Transfer, isOpen = true): Promise<void> {
    const done = transfer.items.flatMap(({ state }, index) => (state === 'done' || state === 'pending' ? [index] : []))
    await this.#writePulse(transfer.id, { isOpen, done })
  }

  /** Nothing of it is left to be done, or wanted. */
  async end(id: string): Promise<void> {
    await this.store.remove(planFile(id))
    await this.store.remove(pulseFile(id))
  }

  /** Whatever windows left undone, and which files others are at. */
  async read(): Promise<{ interrupted: JournalEntry[]; running: JournalEntry[] }> {
    const result: { interrupted: JournalEntry[]; running: JournalEntry[] } = { interrupted: [], running: [] }
    for (const name of await this.store.names()) {
      const [, id] = /^([\w-]{1,100})\.plan\.json$/.exec(name) ?? []
      if (!id) continue
      const [planText, pulseText] = [await this.store.read(planFile(id)), await this.store.read(pulseFile(id))]
      const pulse = readPulse(pulseText)
      const entry = planText === undefined ? undefined : readPlan(id, planText, new Set(pulse?.done))
      if (!entry || pulse?.windowId === this.windowId) continue
      const isLive = pulse?.isOpen === true && Math.abs(this.now() - pulse.beatMs) < silentAfterMs
      result[isLive ? 'running' : 'interrupted'].push(entry)
    }
    return result
  }

  async #writePulse(id: string, pulse: Pick<Pulse, 'isOpen' | 'done'>): Promise<void> {
    const { windowId } = this
    await this.store.write(pulseFile(id), JSON.stringify({ windowId, beatMs: this.now(), ...pulse } satisfies Pulse))
  }
}

/** An upload to the storage that the pair works on. */
export const isOfStorage = (entry: Pick<JournalEntry, 'networkId' | 'owner'>, { network, account }: Active): boolean =>
  entry.networkId === network.id && entry.owner === ownerOf(account)

const writePlan = ({ active, engine, channel, tags, items }: UploadPlan) => ({
  version,
  networkId: active.network.id,
  address: active.account.address,
  owner: ownerOf(active.account),
  engine,
  channel,
  tags,
  items: items.map(({ name, sizeBytes, key, folder }): JournalItem => ({
    name,
    sizeBytes,
    ...(key === undefined ? {} : { key }),
    ...(folder ? { folder } : {}),
  })),
})

function parse(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** Undefined for what another version wrote, or a crash cut off: there is nothing to be taken up from it. */
function readPlan(id: string, text: string, done: ReadonlySet<number>): JournalEntry | undefined {
  const { version: written, networkId, address, owner, engine, channel, tags, items } = parse(text)
  if (written !== version || typeof networkId !== 'string' || typeof address !== 'string') return undefined
  if (typeof owner !== 'string' || !Array.isArray(items) || (engine !== 'ipfs' && engine !== 'storage'))
    return undefined
  return {
    ...{ id, networkId, address, owner, engine, done },
    channel: typeof channel === 'string' ? channel : undefined,
    tags: Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : [],
    items: items as JournalItem[],
  }
}

function readPulse(text: string | undefined): Pulse | undefined {
  const { windowId, beatMs, isOpen, done } = parse(text)
  if (typeof windowId !== 'string' || typeof beatMs !== 'number') return undefined
  const indexes = Array.isArray(done) ? done.filter(index => Number.isInteger(index)) : []
  return { windowId, beatMs, isOpen: isOpen === true, done: indexes as number[] }
}
