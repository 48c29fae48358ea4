// Recorded exchanges with a real node: reading them, sending them to another one, comparing (see
// test/fixtures/recordings/README.md).
import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { inflateSync } from 'node:zlib'
import { isDeepStrictEqual } from 'node:util'
import { LiveClient } from './liveClient.js'

type Part = { name: string; filename?: string; content_type?: string } & Body
type Body = { value?: string; base64?: string; fill?: { text: string; count: number } }
type RequestBody = string | Body | { multipart: Part[] }

export interface Step {
  poll_before?: string[]
  request: {
    method: string
    path?: string
    headers?: Record<string, string>
    body?: RequestBody
    seconds?: number
    id?: string
  }
  response: { status: number | null; headers: Record<string, string>; body: string | { base64: string } | null }
  volatile?: string[]
}

export interface Case {
  case: string
  about: string
  steps: Step[]
}

export interface Setup {
  balances: Record<string, number>
  credits: Record<string, number>
}

/** The cases of a file of recordings, and its set-up line if there is one. */
export function readRecordings(path: string): { setup: Setup | undefined; cases: Case[] } {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  const records = lines.map(line => JSON.parse(line) as Case & { setup?: Setup })
  return { setup: records.find(record => record.setup)?.setup, cases: records.filter(record => record.case) }
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: Buffer
}

const bytesOf = ({ value, base64, fill }: Body): Buffer =>
  fill
    ? Buffer.alloc(Buffer.byteLength(fill.text) * fill.count, fill.text)
    : base64 === undefined
      ? Buffer.from(value ?? '', 'utf8')
      : Buffer.from(base64, 'base64')

function encodeMultipart(parts: Part[], boundary: string): Buffer {
  const pieces = parts.flatMap(part => {
    const name = part.filename === undefined ? '' : `; filename="${part.filename}"`
    const type = part.content_type === undefined ? '' : `\r\nContent-Type: ${part.content_type}`
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${part.name}"${name}${type}\r\n\r\n`
    return [Buffer.from(head), bytesOf(part), Buffer.from('\r\n')]
  })
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)])
}

/** Sends one recorded request. */
export function send(url: string, { method, path = '/', headers = {}, body }: Step['request']): Promise<Answer> {
  let bytes: Buffer | undefined
  const sent = { ...headers }
  if (typeof body === 'string') bytes = Buffer.from(body, 'utf8')
  else if (body && 'multipart' in body) {
    bytes = encodeMultipart(body.multipart, 'recorded')
    sent['Content-Type'] = 'multipart/form-data; boundary=recorded'
  } else if (body) bytes = bytesOf(body)
  if (bytes) sent['Content-Length'] = String(bytes.length)
  return new Promise((resolve, reject) => {
    const request = httpRequest(url + path, { method, headers: sent }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const received = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(received) as Record<string, string>,
          body: Buffer.concat(chunks),
        })
      })
    })
    request.on('error', reject)
    request.end(bytes)
  })
}

/** The WebSockets of one case, by the names that its steps give them. */
export class RecordedSockets {
  readonly #open = new Map<string, LiveClient>()

  constructor(private readonly url: string) {}

  /** Gives what the recording has: the status of the upgrade, and the frames since the last step as a JSON array. */
  async play({ request, response }: Step): Promise<Answer> {
    const { method, path = '', id = '' } = request
    const wanted = JSON.parse((response.body as string | null) ?? '[]') as unknown[]
    if (method === 'WS-OPEN') this.#open.set(id, await LiveClient.open(this.url, path))
    const client = this.#open.get(id)
    if (!client) throw new Error(`no socket ${id}`)
    if (method === 'WS-CLOSE') {
      await client.close()
      return { status: 0, headers: {}, body: Buffer.from('') }
    }
    const frames = await client.take(wanted.length)
    return { status: 101, headers: {}, body: Buffer.from(`[${frames.join(',')}]`) }
  }
}

/** What differs between a recorded answer and another one, in a few words each; empty if they agree. */
export function differences(step: Step, answer: Answer, alsoVolatile: readonly string[] = []): string[] {
  const { response } = step
  const volatile = [...(step.volatile ?? []), ...alsoVolatile]
  const found: string[] = []
  if (answer.status !== response.status) found.push(`status ${answer.status} instead of ${response.status}`)
  const wantedType = response.headers['content-type']
  if (wantedType !== answer.headers['content-type'])
    found.push(`content type ${answer.headers['content-type']} instead of ${wantedType}`)
  for (const name of [
    'accept-ranges',
    'allow',
    'access-control-allow-origin',
    'access-control-allow-methods',
    'content-encoding',
  ])
    if (response.headers[name] !== answer.headers[name])
      found.push(`${name} ${answer.headers[name]} instead of ${response.headers[name]}`)
  for (const name of ['access-control-expose-headers', 'access-control-allow-headers']) {
    const names = (text: string | undefined) =>
      text
        ?.split(',')
        .filter(each => each !== 'Connection')
        .sort()
    if (!isDeepStrictEqual(names(response.headers[name]), names(answer.headers[name])))
      found.push(`${name} ${answer.headers[name]} instead of ${response.headers[name]}`)
  }
  if (step.request.method !== 'HEAD' && !volatile.includes('$body'))
    found.push(...bodyDifferences(response, answer, volatile))
  return found
}

function bodyDifferences(response: Step['response'], answer: Answer, volatile: readonly string[]): string[] {
  const plain = (body: Buffer) => (response.headers['content-encoding'] === 'deflate' ? inflateSync(body) : body)
  const wanted = plain(
    typeof response.body === 'object' && response.body
      ? Buffer.from(response.body.base64, 'base64')
      : Buffer.from(response.body ?? '', 'utf8'),
  )
  const actual = plain(answer.body)
  if (wanted.equals(actual)) return []
  const [left, right] = [wanted, actual].map(bytes => comparable(bytes.toString('utf8'), volatile))
  if (isDeepStrictEqual(left, right)) return []
  const excerpt = (value: unknown) => JSON.stringify(value)?.slice(0, 600)
  return [`body ${excerpt(right)}\n      instead of ${excerpt(left)}`]
}

/** JSON without its volatile parts; of pydantic's arrays, which may stand behind a text, only type, loc and msg. */
function comparable(body: string, volatile: readonly string[]): unknown {
  const list = /^([^[]*)(\[\{"type".*\])$/s.exec(body)
  try {
    if (list) {
      const errors = JSON.parse(list[2] ?? '') as { type: string; loc: unknown; msg: string }[]
      return [list[1], errors.map(({ type, loc, msg }) => ({ type, loc, msg }))]
    }
    const value: unknown = JSON.parse(body)
    for (const path of volatile) blank(value, path)
    return value
  } catch {
    return body
  }
}

function blank(value: unknown, path: string): void {
  const keys = [...path.replace(/^\$body/, '').matchAll(/\.([^.[]+)|\[(\d+)\]/g)].map(
    match => match[1] ?? match[2] ?? '',
  )
  const last = keys.pop()
  let target = value
  for (const key of keys) target = (target as Record<string, unknown> | undefined)?.[key]
  if (last !== undefined && typeof target === 'object' && target !== null && last in target)
    (target as Record<string, unknown>)[last] = 'volatile'
}
