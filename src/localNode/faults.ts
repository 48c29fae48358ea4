// Faults on demand, so that clients can be tested against a node that has a bad day: refusals, broken connections,
// lost answers, dropped WebSockets, slowness, late processing, a busy queue and half failed publications. One line of text
// describes one fault.
import type { Socket } from 'node:net'

const kinds = ['reset', 'lost', 'slow', 'late', 'queued', 'jitter', 'warning', 'unpublished', 'drop'] as const
type Kind = (typeof kinds)[number] | 'status'

/** A fault that is switched on. */
export interface Fault {
  readonly spec: string
  /** How many requests it hit so far. */
  readonly hits: number
  remove(): void
}

export class FaultSyntaxError extends Error {
  override readonly name = 'FaultSyntaxError'
}

export const faultHelp = `A fault is "KIND key=value…", for example "429 retry-after=1 count=3 path=/api/v0/messages".
  KIND  a status from 400 to 599      answered at once, nothing happens; retry-after=SECONDS|DATE, body=TEXT
        reset                         the connection breaks before anything happens
        lost                          everything happens, then the connection breaks instead of an answer
        slow seconds=N                the answer waits
        late seconds=N                messages are accepted, and processed later
        queued [seconds=N]            messages are accepted, and unknown (404) until they're processed N seconds later,
                                      or once the fault is removed, or the node is started again
        jitter [seconds=N]            STOREs of the ipfs engine wait up to N seconds (5) before their file is fetched,
                                      and again while nothing else is processed, as on a real node
        warning [failed=ipfs|p2p]     published on one of the two networks only
        unpublished                   published on neither: 500
        drop [frames=N]               a WebSocket opens, and breaks after N frames (0)
  keys  path=/…                       only paths that begin so; * stands for anything
        method=POST                   only this method
        after=N                       lets N requests pass first
        count=N                       hits N requests, then ends (default: no end)`

interface Rule {
  kind: Kind
  status: number
  options: Map<string, string>
  path: RegExp | undefined
  skip: number
  left: number
  hits: number
  /** Resolves when the fault is removed. */
  removed: Promise<void>
  remove: () => void
}

const keys = ['retry-after', 'body', 'seconds', 'failed', 'frames', 'path', 'method', 'after', 'count']

function parseFault(spec: string): Rule {
  const [kindText = '', ...rest] = spec.trim().split(/\s+/)
  const fail = (text: string): never => {
    throw new FaultSyntaxError(`The fault "${spec}" ${text}.`)
  }
  const status = /^[45]\d\d$/.test(kindText) ? Number(kindText) : 0
  const kind = status ? 'status' : kinds.find(each => each === kindText)
  if (!kind) return fail(`has an unknown kind "${kindText}"`)
  const options = new Map<string, string>()
  let last = ''
  for (const word of rest) {
    const [, key = '', value = ''] = /^([a-z-]+)=(.*)$/.exec(word) ?? []
    // A value may hold blanks (a date, a text): words without a key belong to the one before.
    if (keys.includes(key)) options.set((last = key), value)
    else if (last) options.set(last, `${options.get(last) ?? ''} ${word}`)
    else fail(`has an unknown key "${word}"`)
  }
  const number = (key: string, fallback: number) => {
    const text = options.get(key)
    if (text === undefined) return fallback
    return /^\d+(\.\d+)?$/.test(text) ? Number(text) : fail(`needs a number after ${key}=`)
  }
  if ((kind === 'slow' || kind === 'late') && !options.has('seconds')) fail('needs seconds=N')
  number('seconds', 0)
  number('frames', 0)
  let remove = () => {}
  const removed = new Promise<void>(resolve => (remove = resolve))
  const path = options.get('path')
  const pattern = path?.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
  return {
    kind,
    status,
    options,
    path: pattern === undefined ? undefined : new RegExp(`^${pattern}`),
    skip: number('after', 0),
    left: number('count', Infinity),
    hits: 0,
    removed,
    remove,
  }
}

/** What one request has to suffer. */
export interface Suffering {
  answer?: { status: number; retryAfter?: string; body?: string }
  breaksBefore: boolean
  breaksAfter: boolean
  delayMs: number
  processingDelayMs: number
  /** How long, or until when, a message waits in front of the node's workers. */
  queuedFor?: number | Promise<void>
  /** Up to so long, twice. */
  fetchJitterMs: number
  failedNetworks: ('ipfs' | 'p2p')[]
  dropAfterFrames?: number
}

export class Faults {
  #rules: Rule[] = []
  readonly #sockets = new Set<Socket>()

  /** Throws `FaultSyntaxError`. */
  add(spec: string): Fault {
    const rule = parseFault(spec)
    this.#rules.push(rule)
    return {
      spec,
      get hits() {
        return rule.hits
      },
      remove: () => {
        this.#rules = this.#rules.filter(each => each !== rule)
        rule.remove()
      },
    }
  }

  clear(): void {
    for (const rule of this.#rules.splice(0)) rule.remove()
  }

  /** Breaks every WebSocket that is open now, as a lost network does, and tells how many those were. */
  dropSockets(): number {
    const { size } = this.#sockets
    for (const socket of this.#sockets) socket.resetAndDestroy()
    return size
  }

  /** The socket of a WebSocket that opens. */
  watch(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  /** Draws the faults of one request; undefined for most. */
  draw(method: string, path: string): Suffering | undefined {
    if (!this.#rules.length) return undefined
    let suffering: Suffering | undefined
    for (const rule of this.#rules) {
      if (rule.path && !rule.path.test(path)) continue
      const wantedMethod = rule.options.get('method')
      if (wantedMethod && wantedMethod.toUpperCase() !== method) continue
      if (rule.skip > 0) rule.skip--
      else if (rule.left > 0) {
        rule.left--
        rule.hits++
        suffering ??= {
          breaksBefore: false,
          breaksAfter: false,
          delayMs: 0,
          processingDelayMs: 0,
          fetchJitterMs: 0,
          failedNetworks: [],
        }
        inflict(rule, suffering)
      }
    }
    return suffering
  }
}

function inflict({ kind, status, options, removed }: Rule, suffering: Suffering): void {
  const milliseconds = Number(options.get('seconds') ?? 0) * 1000
  switch (kind) {
    case 'status': {
      const retryAfter = options.get('retry-after')
      const body = options.get('body')
      suffering.answer ??= {
        status,
        ...(retryAfter === undefined ? {} : { retryAfter }),
        ...(body === undefined ? {} : { body }),
      }
      break
    }
    case 'reset':
      suffering.breaksBefore = true
      break
    case 'lost':
      suffering.breaksAfter = true
      break
    case 'slow':
      suffering.delayMs += milliseconds
      break
    case 'late':
      suffering.processingDelayMs += milliseconds
      break
    case 'queued':
      suffering.queuedFor = options.has('seconds') ? milliseconds : removed
      break
    case 'jitter':
      suffering.fetchJitterMs = Number(options.get('seconds') ?? 5) * 1000
      break
    case 'warning':
      suffering.failedNetworks.push(options.get('failed') === 'p2p' ? 'p2p' : 'ipfs')
      break
    case 'drop':
      suffering.dropAfterFrames ??= Number(options.get('frames') ?? 0)
      break
    case 'unpublished':
      suffering.failedNetworks.push('ipfs', 'p2p')
      break
  }
}
