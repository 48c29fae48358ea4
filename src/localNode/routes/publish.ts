// POST /api/v0/messages, and the publication that uploads share with it (protocol §4.1).
import { compact, HttpError, pydanticError, readBody, type Context, type Reply } from '../http.js'
import { toBoolean } from '../query.js'
import { fieldError, isObject, missing, parseMessage, type Json, type Parsed } from '../validate.js'

export const bodyLimitBytes = 1_048_576

export interface Publication {
  status: number
  body: { publication_status: { status: string; failed: string[] }; message_status: string | null }
}

/** Publishes a valid envelope and, with `isSync`, waits for what becomes of it. */
export async function publish(context: Context, message: Json, isSync: boolean, parsed?: Parsed): Promise<Publication> {
  const { processing } = context.node
  const failed = [...new Set(context.suffering?.failedNetworks ?? [])]
  const publication = { status: ['success', 'warning', 'error'][failed.length] ?? 'error', failed }
  if (failed.length === 2) return { status: 500, body: { publication_status: publication, message_status: null } }
  const outcome = isSync ? processing.outcome(String(message['item_hash'])) : undefined
  const { queuedFor, processingDelayMs: delayMs, fetchJitterMs } = context.suffering ?? {}
  // Nothing is acknowledged that a crash could lose.
  if (queuedFor !== undefined) await processing.receiveLater(message, queuedFor)
  else await processing.receive(message, { parsed, delayMs, fetchJitterMs })
  const result = await outcome
  const [status, word] =
    result === 'processed' ? [200, 'processed'] : result === 'rejected' ? [422, 'rejected'] : [202, 'pending']
  return { status, body: { publication_status: publication, message_status: word } }
}

export async function postMessage(context: Context): Promise<Reply> {
  const bytes = await readBody(context.request, bodyLimitBytes)
  const { message, isSync } = parseRequest(bytes.toString('utf8'))
  const parsed = parseMessage(message)
  if ('errors' in parsed) throw new HttpError(422, 'InvalidMessageFormat')
  const { status, body } = await publish(context, message, isSync, parsed)
  return compact(body, status)
}

function parseRequest(body: string): { message: Json; isSync: boolean } {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new HttpError(422)
  }
  if (!isObject(value)) {
    const text = 'Input should be a valid dictionary or instance of PubMessageRequest'
    throw pydanticError([fieldError('model_type', [], text, value, { class_name: 'PubMessageRequest' })])
  }
  const { sync = false, message } = value
  const isSync = toBoolean(sync)
  const errors = []
  if (isSync === undefined)
    errors.push(
      typeof sync === 'string' || typeof sync === 'number'
        ? fieldError('bool_parsing', ['sync'], 'Input should be a valid boolean, unable to interpret input', sync)
        : fieldError('bool_type', ['sync'], 'Input should be a valid boolean', sync),
    )
  if (message === undefined) errors.push(missing(['message'], value))
  else if (!isObject(message))
    errors.push(fieldError('dict_type', ['message'], 'Input should be a valid dictionary', message))
  if (errors.length || !isObject(message)) throw pydanticError(errors)
  return { message, isSync: isSync ?? false }
}
