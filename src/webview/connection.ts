// The page's end of the conversation with the extension: messages in and out, and which answer belongs to which request.
import type { EditorAction, EditorRequest, ToExtension, ToPage } from '../shared/editorProtocol.js'

interface VsCodeApi {
  postMessage(message: ToExtension): void
  getState(): unknown
  setState(state: unknown): void
}
declare function acquireVsCodeApi(): VsCodeApi

/** What these ask of the extension needs no person, so an answer can be expected. */
const answeredSoon: ReadonlySet<EditorAction> = new Set(['undo', 'redo', 'format', 'sortKeys', 'stopLoading'])
const patienceMs = 10_000

type Fields = Record<string, 'string' | 'number' | 'object' | 'array'>
const fields: { [Kind in ToPage['kind']]: Fields } = {
  start: { protocol: 'number', texts: 'object', locale: 'string', owner: 'string', key: 'string' },
  text: { revision: 'number', text: 'string' },
  changed: { revision: 'number', changes: 'array' },
  applied: { id: 'number', revision: 'number' },
  stale: { id: 'number' },
  status: { status: 'object' },
  history: { history: 'object' },
  reply: { id: 'number' },
  flush: { id: 'number' },
  alive: {},
  reveal: { position: 'object' },
  show: { what: 'string' },
}

/** Other scripts can post to a window as well. */
function isToPage(data: unknown): data is ToPage {
  if (typeof data !== 'object' || data === null) return false
  const message = data as Record<string, unknown>
  const kind = message['kind']
  if (typeof kind !== 'string' || !Object.hasOwn(fields, kind)) return false
  return Object.entries(fields[kind as ToPage['kind']]).every(([name, type]) => {
    const value = message[name]
    if (type === 'array') return Array.isArray(value)
    return typeof value === type && value !== null
  })
}

export interface Reply {
  error?: { code: string; message: string }
}

export class Connection {
  readonly #vscode = acquireVsCodeApi()
  readonly #asked = new Map<number, (reply: Reply) => void>()
  #lastId = 0

  constructor(onMessage: (message: Exclude<ToPage, { kind: 'reply' }>) => void) {
    addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (!isToPage(data)) return
      if (data.kind === 'reply') this.#asked.get(data.id)?.(data)
      else onMessage(data)
    })
  }

  post(message: ToExtension): void {
    this.#vscode.postMessage(message)
  }

  /** Resolves with what the extension answers; a request that needs no person and gets no answer is cancelled: `TIMEOUT`. */
  ask(request: EditorRequest): Promise<Reply> {
    const id = ++this.#lastId
    return new Promise(resolve => {
      const end = (reply: Reply) => {
        clearTimeout(timer)
        this.#asked.delete(id)
        resolve(reply)
      }
      const giveUp = () => {
        this.post({ kind: 'cancel', id })
        end({ error: { code: 'TIMEOUT', message: '' } })
      }
      const timer = answeredSoon.has(request.action) ? setTimeout(giveUp, patienceMs) : undefined
      this.#asked.set(id, end)
      this.post({ kind: 'request', id, request })
    })
  }

  /** What the page remembered of itself when it was last shown. */
  get state(): unknown {
    return this.#vscode.getState()
  }

  set state(state: unknown) {
    this.#vscode.setState(state)
  }
}
