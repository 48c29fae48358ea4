// The publishing routes that came before `POST /messages`: the message as text under a topic (protocol §4.1).
import { compact, HttpError, readBody, reasonError, type Context, type Reply } from '../http.js'
import { isObject, parseMessage } from '../validate.js'
import { bodyLimitBytes, publish } from './publish.js'

/** That of the network itself, whatever its name says. */
const topic = 'ALEPH-TEST'

export async function publishOnTopic(context: Context): Promise<Reply> {
  const body: unknown = JSON.parse((await readBody(context.request, bodyLimitBytes)).toString('utf8'))
  if (!isObject(body)) throw new Error('the real node fails here too')
  const { topic: wanted = null, data } = body
  if (wanted !== topic) {
    const name = typeof wanted === 'string' ? wanted : wanted === null ? 'None' : JSON.stringify(wanted)
    throw reasonError(403, `Unauthorized P2P topic: ${name}. Use ${topic}.`)
  }
  if (typeof data !== 'string') throw reasonError(422, "'data': expected a serialized JSON string.")
  const message = parseData(data)
  const parsed = isObject(message) ? parseMessage(message) : undefined
  if (!parsed || !isObject(message) || 'errors' in parsed) throw new HttpError(422, 'InvalidMessageFormat')
  const { body: result } = await publish(context, message, false, parsed)
  return compact(result.publication_status) // 200 even if nothing was published
}

function parseData(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    throw reasonError(422, "'data': must be deserializable as JSON.")
  }
}
