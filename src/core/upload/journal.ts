// What is being uploaded, kept where all windows see it: none uploads what another is at, what a closed window left
// undone is offered to be taken up again, and what it signed is never signed a second time. Names, places, hashes and
// signed messages only; never a key, never the bytes.
import type { Envelope, StoreType } from '../../client/index.js'
import { isObject } from '../../client/isObject.js'
import { keptStore } from '../../client/file/uploadOne.js'
import { ownerOf, type Active } from '../session.js'
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

/** A file whose STORE was signed and on which the network hasn't decided. Written before the first byte of it leaves. */
export interface SentEntry {
  readonly uploadId: string
  readonly networkId: string
  readonly address: string
  readonly owner: string
  readonly engine: StoreType
  readonly channel: string | undefined
  readonly tags: readonly string[]
  readonly item: JournalItem
  readonly envelope: Envelope
  /** Since when a node that answers doesn't know it; milliseconds. */
  readonly missingSinceMs: number | undefined
  /** It was missing for so long that nobody looks for it any more. */
  readonly isNotFound: boolean
}

/** Which window is at something: says so again and again. */
interface Beat {
  windowId: string
  /** When its window last said that it lives; milliseconds. */
  beatMs: number
  isOpen: boolean
}

/** Changes all the time, so it is a file of its own. */
interface Pulse extends Beat {
  done: number[]
}

export interface JournalState {
  readonly interrupted: JournalEntry[]
  /** What other windows are at. */
  readonly running: JournalEntry[]
  readonly sent: SentEntry[]
  /** Those of `sent` that no window looks for, by upload. */
  readonly orphans: ReadonlyMap<string, readonly SentEntry[]>
}

/** Version 1 kept no signed messages: what it left may have been published, and nobody can tell. */
const version = 2
const readable: readonly unknown[] = [1, version]
export const beatEveryMs = 15_000
/** A window that was silent for longer is gone. */
export const silentAfterMs = 60_000

const planFile = (id: string) => `${id}.plan.json`
const pulseFile = (id: string) => `${id}.pulse.json`
/** Which window looks for what an upload signed, once the window that signed it is gone. */
const watchFile = (id: string) => `${id}.watch.json`
const sentFile = ({ uploadId, envelope }: Pick<SentEntry, 'uploadId' | 'envelope'>) =>
  `${uploadId}.${envelope.item_hash}.sent.json`

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

  /** Resolves when it is on disk. */
  async keepSent(entry: SentEntry): Promise<void> {
    await this.store.write(sentFile(entry), JSON.stringify({ version, ...entry }))
  }

  /** The network decided on it, or the person gave it up. */
  async dropSent(entry: Pick<SentEntry, 'uploadId' | 'envelope'>): Promise<void> {
    await this.store.remove(sentFile(entry))
  }

  /** From now on this window looks for what the upload signed; false when another one does. */
  async claim(id: string, isOpen = true): Promise<boolean> {
    const other = readBeat(await this.store.read(watchFile(id)))
    if (other && other.windowId !== this.windowId && this.#isLive(other)) return false
    await this.#write(watchFile(id), { isOpen })
    return true
  }

  /** Nothing that the upload signed is left to be looked for. */
  async unclaim(id: string): Promise<void> {
    await this.store.remove(watchFile(id))
  }

  async beat(transfer: { id: string; items: readonly { state: string }[] }, isOpen = true): Promise<void> {
    const done = transfer.items.flatMap(({ state }, index) => (state === 'done' || state === 'pending' ? [index] : []))
    await this.#writePulse(transfer.id, { isOpen, done })
  }

  /** Nothing of it is left to be done, or wanted. */
  async end(id: string): Promise<void> {
    await this.store.remove(planFile(id))
    await this.store.remove(pulseFile(id))
  }

  /** Whatever windows left undone, and which files others are at. */
  async read(): Promise<JournalState> {
    const names = await this.store.names()
    const sent: SentEntry[] = []
    for (const name of names) {
      if (!/^[\w-]{1,100}\.\w{1,100}\.sent\.json$/.test(name)) continue
      const entry = readSent(await this.store.read(name))
      if (entry && sentFile(entry) === name) sent.push(entry)
    }
    const state = { interrupted: [] as JournalEntry[], running: [] as JournalEntry[], sent }
    for (const name of names) {
      const [, id] = /^([\w-]{1,100})\.plan\.json$/.exec(name) ?? []
      if (!id) continue
      const [planText, pulseText] = [await this.store.read(planFile(id)), await this.store.read(pulseFile(id))]
      const pulse = readPulse(pulseText)
      const signed = new Set(sent.filter(({ uploadId }) => uploadId === id).map(({ item }) => identityOf(item)))
      const entry = planText === undefined ? undefined : readPlan(id, planText, new Set(pulse?.done), signed)
      if (!entry || pulse?.windowId === this.windowId) continue
      if (pulse && this.#isLive(pulse)) state.running.push(entry)
      else if (entry.done.size < entry.items.length) state.interrupted.push(entry)
      else await this.end(id)
    }
    return { ...state, orphans: await this.#orphans(sent) }
  }

  async #orphans(sent: readonly SentEntry[]): Promise<Map<string, SentEntry[]>> {
    const orphans = new Map<string, SentEntry[]>()
    for (const entry of sent) {
      const group = orphans.get(entry.uploadId)
      if (group) group.push(entry)
      else orphans.set(entry.uploadId, [entry])
    }
    for (const id of orphans.keys())
      for (const file of [pulseFile(id), watchFile(id)]) {
        const beat = readBeat(await this.store.read(file))
        if (beat && (beat.windowId === this.windowId || this.#isLive(beat))) orphans.delete(id)
      }
    return orphans
  }

  #isLive({ isOpen, beatMs }: Beat): boolean {
    return isOpen && Math.abs(this.now() - beatMs) < silentAfterMs
  }

  #writePulse(id: string, pulse: Pick<Pulse, 'isOpen' | 'done'>): Promise<void> {
    return this.#write(pulseFile(id), pulse)
  }

  async #write(file: string, beat: Pick<Beat, 'isOpen'>): Promise<void> {
    const { windowId } = this
    await this.store.write(file, JSON.stringify({ windowId, beatMs: this.now(), ...beat } satisfies Beat))
  }
}

/** The same file of an upload, also where its plan was made anew. */
const identityOf = ({ key, name, folder }: JournalItem): string => JSON.stringify([key, name, folder])

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
  items: items.map(journalItem),
})

/** What can be kept of a file. */
export const journalItem = ({ name, sizeBytes, key, folder }: JournalItem): JournalItem => ({
  name,
  sizeBytes,
  ...(key === undefined ? {} : { key }),
  ...(folder ? { folder } : {}),
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
function readPlan(
  id: string,
  text: string,
  published: ReadonlySet<number>,
  signed: ReadonlySet<string>,
): JournalEntry | undefined {
  const { items, ...plan } = parse(text)
  const about = readAbout(plan)
  if (!about || !Array.isArray(items)) return undefined
  const all = items as JournalItem[]
  const done = new Set(
    all.flatMap((item, index) => (published.has(index) || signed.has(identityOf(item)) ? [index] : [])),
  )
  return { id, ...about, items: all, done }
}

function readSent(text: string | undefined): SentEntry | undefined {
  const { uploadId, item, envelope, missingSinceMs, isNotFound, ...rest } = parse(text)
  const about = readAbout(rest)
  if (!about || typeof uploadId !== 'string' || !isObject(item) || !isObject(envelope)) return undefined
  if (typeof item['name'] !== 'string') return undefined
  try {
    keptStore(envelope)
  } catch {
    return undefined // somebody changed it, so it isn't what was signed
  }
  return {
    ...{ uploadId, ...about },
    item: item as unknown as JournalItem,
    envelope: envelope as unknown as Envelope,
    missingSinceMs: typeof missingSinceMs === 'number' ? missingSinceMs : undefined,
    isNotFound: isNotFound === true,
  }
}

/** Where something is published, by whom and how. */
function readAbout({ version: written, networkId, address, owner, engine, channel, tags }: Record<string, unknown>) {
  if (!readable.includes(written) || typeof networkId !== 'string' || typeof address !== 'string') return undefined
  if (typeof owner !== 'string' || (engine !== 'ipfs' && engine !== 'storage')) return undefined
  return {
    ...{ networkId, address, owner, engine: engine as StoreType },
    channel: typeof channel === 'string' ? channel : undefined,
    tags: Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : [],
  }
}

function readBeat(text: string | undefined): Beat | undefined {
  const { windowId, beatMs, isOpen } = parse(text)
  if (typeof windowId !== 'string' || typeof beatMs !== 'number') return undefined
  return { windowId, beatMs, isOpen: isOpen === true }
}

function readPulse(text: string | undefined): Pulse | undefined {
  const { done } = parse(text)
  const beat = readBeat(text)
  const indexes = Array.isArray(done) ? done.filter(index => Number.isInteger(index)) : []
  return beat && { ...beat, done: indexes as number[] }
}
