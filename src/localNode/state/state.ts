// Everything the node knows, and how a processed message changes it. Built anew at every start by replaying the log, so
// nothing here asks a clock, the disk or the configuration.
import { internalError } from '../rejection.js'
import { isObject, type Json } from '../validate.js'
import { Aggregates, type Element } from './aggregates.js'
import { Balances, type Payment } from './balances.js'
import { Files } from './files.js'
import { Messages, type MessageRow } from './messages.js'
import { Posts } from './posts.js'

export const graceSeconds = 86_400
/** Larger ipfs files are pinned, smaller ones copied to the storage engine (protocol §6.2). */
const cachedIpfsBytes = 1_048_576

const elementOf = ({ hash, contentTime: time }: MessageRow, { content }: Json): Element => ({
  hash,
  time,
  content: new Map(Object.entries(isObject(content) ? content : {})),
})

export class State {
  readonly messages = new Messages()
  readonly aggregates = new Aggregates()
  readonly posts = new Posts()
  readonly files = new Files()
  readonly balances = new Balances()

  /** Whether the real node's database would take a message whose other checks all passed. Throws `MessageError`. */
  check(row: MessageRow, content: Json): void {
    // The legacy object passes the schema, and the database has no place for it (trap 52).
    if (row.type === 'AGGREGATE') {
      if (row.contentKey === null) throw internalError()
      this.aggregates.checkAdd(row.owner, row.contentKey, elementOf(row, content))
    }
    if (row.type === 'FORGET') this.#checkForget(this.#targets(row, content))
  }

  /** Applies a message whose checks all passed. `now` is when it was processed. */
  apply(row: MessageRow, content: Json, now: number): void {
    switch (row.type) {
      case 'AGGREGATE':
        this.aggregates.add(row.owner, row.contentKey ?? '', elementOf(row, content))
        break
      case 'POST':
        this.posts.add(row)
        break
      case 'STORE':
        this.#store(row)
        break
      case 'FORGET':
        this.#forget(row, content, now)
        break
    }
    if (row.itemType !== 'inline') {
      this.files.set(row.hash, row.size, true)
      this.files.addContentPin(row.hash)
    }
    this.messages.setProcessed(row)
  }

  #store(row: MessageRow): void {
    const fileHash = row.contentHash ?? ''
    const { size = 0, isDirectory = false } = this.files.get(fileHash) ?? {}
    this.files.set(fileHash, size, size <= cachedIpfsBytes && !isDirectory)
    this.files.addPin({ hash: row.hash, fileHash, owner: row.owner, ref: row.ref, created: row.contentTime })
    this.balances.start(row.hash, row.owner, size, (row.payment ?? 'hold') as Payment)
  }

  /** The messages a FORGET is about: those named, and all elements of the aggregates named (protocol §3.4). */
  forgetTargets(owner: string, content: Json): string[] {
    const list = (name: string) => (Array.isArray(content[name]) ? (content[name] as string[]) : [])
    const elements = list('aggregates').flatMap(key => this.aggregates.get(owner, key)?.elements ?? [])
    return [...list('hashes'), ...elements.map(element => element.hash)]
  }

  #forget(row: MessageRow, content: Json, now: number): void {
    for (const target of new Set(this.#targets(row, content))) this.#forgetOne(target, row, now)
  }

  #targets(row: MessageRow, content: Json): MessageRow[] {
    return this.forgetTargets(row.owner, content).flatMap(hash => this.messages.row(hash) ?? [])
  }

  /** All targets or none: what could fail half way is tried before. */
  #checkForget(targets: readonly MessageRow[]): void {
    this.files.checkRemoval(targets.filter(target => target.type === 'STORE').map(target => target.hash))
    const elements = new Map<string, { owner: string; key: string; hashes: string[] }>()
    for (const { type, owner, contentKey, hash } of targets) {
      if (type !== 'AGGREGATE' || contentKey === null) continue
      const name = JSON.stringify([owner, contentKey])
      const entry = elements.get(name) ?? { owner, key: contentKey, hashes: [] }
      entry.hashes.push(hash)
      elements.set(name, entry)
    }
    for (const { owner, key, hashes } of elements.values()) this.aggregates.checkRemoval(owner, key, hashes)
  }

  #forgetOne(target: MessageRow, by: MessageRow, now: number): void {
    if (this.messages.row(target.hash) !== target) return // went with its original
    const size = target.contentHash === null ? null : (this.files.get(target.contentHash)?.size ?? null)
    this.messages.end(target, 'forgotten', size, by.time, [by.hash])
    if (target.type === 'STORE') this.files.removePin(target.hash, now + graceSeconds)
    if (target.type === 'AGGREGATE') this.aggregates.remove(target.owner, target.contentKey ?? '', target.hash)
    this.balances.stop(target.hash)
    if (target.itemType !== 'inline') this.files.removeContentPin(target.hash)
    if (target.type === 'POST')
      for (const hash of this.posts.remove(target.hash)) {
        const amend = this.messages.row(hash)
        if (amend) this.messages.end(amend, 'forgotten', null, by.time, [by.hash])
      }
  }
}
