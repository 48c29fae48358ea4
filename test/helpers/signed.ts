// Signed messages for tests that talk to a node without the client.
import { keyPair } from '../../src/client/lazy/evm.js'
import { sha256Hex } from '../../src/client/node/hash.js'
import { developmentAccounts } from '../../src/localNode/index.js'

export interface Signed {
  sender: string
  chain: string
  type: string
  item_hash: string
  item_type: string
  item_content: string
  time: number
  channel?: string
  signature: string
}

const keys = new Map<number, ReturnType<typeof keyPair>>()

/** A development account by number. */
export function account(index = 0): ReturnType<typeof keyPair> {
  let key = keys.get(index)
  if (!key) keys.set(index, (key = keyPair(developmentAccounts(index + 1)[index]?.privateKey ?? '')))
  return key
}

export const baseTime = 1_762_000_000
let ticks = 0
/** Strictly increasing times, as a client has to write them. */
export const nextTime = (): number => (baseTime * 1000 + ++ticks) / 1000

/** A message of a development account; `content` gets address and time where it has none. */
export function signed(
  type: string,
  content: Record<string, unknown>,
  { by = 0, channel, text }: { by?: number; channel?: string; text?: string } = {},
): Signed {
  const key = account(by)
  const filled: Record<string, unknown> = { address: key.address, time: nextTime(), ...content }
  const item_content = text ?? JSON.stringify(filled)
  const head = { chain: 'ETH', sender: key.address, type, item_hash: sha256Hex(item_content) }
  return {
    ...head,
    item_type: 'inline',
    item_content,
    time: Number(filled['time']) || baseTime,
    ...(channel === undefined ? {} : { channel }),
    signature: key.sign([head.chain, head.sender, head.type, head.item_hash].join('\n')),
  }
}

export const post = (
  content: unknown,
  more: Record<string, unknown> = {},
  options: { by?: number; channel?: string } = {},
) => signed('POST', { type: 'note', content, ...more }, options)

/** Publishes and gives status and parsed body (text where it is none). */
export async function publish(url: string, message: unknown, sync = true) {
  const response = await fetch(`${url}/api/v0/messages`, { method: 'POST', body: JSON.stringify({ sync, message }) })
  return { status: response.status, body: await textOrJson(response) }
}

export async function get(url: string, path: string) {
  const response = await fetch(url + path)
  return { status: response.status, body: await textOrJson(response) }
}

/** Uploads bytes without a message; gives the file hash. */
export async function upload(url: string, bytes: Uint8Array | string, engine: 'storage' | 'ipfs' = 'storage') {
  const form = new FormData()
  form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer> | string]), 'file.bin')
  const response = await fetch(`${url}/api/v0/${engine}/add_file`, { method: 'POST', body: form })
  const { hash } = (await response.json()) as { hash: string }
  return hash
}

async function textOrJson(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
