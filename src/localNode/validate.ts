// Is this an envelope with a content the real node would take? Errors in the words of pydantic, which the real node
// uses, because uploads and rejected messages show them (protocol §1, §3, §5.4).
import { engineOfHash, isItemHash } from '../client/message/itemHash.js'
import { sha256Hex } from '../client/node/hash.js'
import { toMicroseconds } from './time.js'

/** Fields of a STORE that the schema knows, besides `payment`; others are kept only in what was signed (protocol §3.5). */
export const storeFields = [
  'address',
  'time',
  'item_type',
  'item_hash',
  'size',
  'content_type',
  'ref',
  'tags',
  'metadata',
] as const

export type Json = Record<string, unknown>

export interface FieldError {
  type: string
  loc: (string | number)[]
  msg: string
  input: unknown
  ctx?: Json
  url: string
}

/** An envelope that passed, with everything optional filled in. */
export interface WireMessage {
  sender: string
  chain: string
  type: string
  item_type: 'inline' | 'storage' | 'ipfs'
  item_hash: string
  item_content: string | null
  time: number
  channel: string | null
  signature: string | null
  /** The parsed `item_content` of an inline message. */
  content: Json | null
}

/** A `time` that Python can not even compare: the real node answers 500 (protocol §1.1). */
export class TimeTypeError extends Error {
  override readonly name = 'TimeTypeError'
}

/** Chains of the schema; some have no verifier (protocol §2.4). */
export const chains =
  'ARB AURORA AVAX BASE BLAST BOB BSC CSDK CYBER DOT ES ETH ETHERLINK FRAX HYPE INK LENS LINEA LISK METIS MODE NEO NULS NULS2 OP POL SOL STT SONIC TEZOS UNICHAIN WLD ZORA'.split(
    ' ',
  )
/** Types that this node handles. Programs and instances are the business of nodes that run them. */
export const messageTypes = ['POST', 'AGGREGATE', 'STORE', 'FORGET'] as const
export const paymentTypes = ['hold', 'superfluid', 'credit'] as const

const inlineLimitCodePoints = 200_000

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function fieldError(type: string, loc: FieldError['loc'], msg: string, input: unknown, ctx?: Json): FieldError {
  return { type, loc, msg, input, ...(ctx ? { ctx } : {}), url: `https://errors.pydantic.dev/2.13/v/${type}` }
}

export const valueError = (loc: FieldError['loc'], text: string, input: unknown): FieldError =>
  fieldError('value_error', loc, `Value error, ${text}`, input, { error: text })

export const missing = (loc: FieldError['loc'], input: unknown): FieldError =>
  fieldError('missing', loc, 'Field required', input)

/** `'a', 'b' or 'c'`, as pydantic lists the members of an enumeration. */
export const oneOf = (values: readonly string[]): string =>
  values
    .map(value => `'${value}'`)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1')

export const enumError = (loc: FieldError['loc'], values: readonly string[], input: unknown): FieldError =>
  fieldError('enum', loc, `Input should be ${oneOf(values)}`, input, { expected: oneOf(values) })

/**
 * JSON as orjson takes it: besides what JSON.parse refuses, no lone surrogates, no number beyond a double and no more
 * than 1,024 levels (protocol §1.2). Throws SyntaxError.
 */
export function parseStrictJson(text: string): unknown {
  if (isDeeperThan(text, maxLevels)) throw new SyntaxError('depth limit exceeded')
  const value: unknown = JSON.parse(text)
  const hasSurrogates = /\\u[dD][89abAB]|\\u[dD][c-fC-F]/.test(text)
  if (hasSurrogates && /\\ud[89a-f]/.test(JSON.stringify(value).replace(/\\\\/g, '')))
    throw new SyntaxError('lone surrogate')
  // Only a number with a three-digit exponent or some hundred digits can be infinite.
  if (/\d[eE]\+?\d{3}|\d{300}/.test(text))
    JSON.parse(text, (_, item: unknown) => {
      if (item === Infinity || item === -Infinity) throw new SyntaxError('number out of range')
      return item
    })
  return value
}

const maxLevels = 1_024

function isDeeperThan(json: string, limit: number): boolean {
  let level = 0
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/gs))
    if (token === '[' || token === '{') {
      if (++level > limit) return true
    } else if (token === ']' || token === '}') level--
  return false
}

export type Parsed = { message: WireMessage } | { errors: FieldError[] }

/**
 * Checks an envelope and the content of an inline one. `storeOnly` is the stricter shape of upload metadata. Throws
 * `TimeTypeError`.
 */
export function parseMessage(value: Json, { storeOnly = false, at = [] as FieldError['loc'] } = {}): Parsed {
  const before = (text: string): Parsed => ({ errors: [valueError(at, text, value)] })
  if (!storeOnly && !messageTypes.some(type => type === value['type'])) return before('Invalid message_type')

  // First what the schema does before it looks at single fields.
  const { item_hash: itemHash, item_content: itemContent } = value
  if (itemHash === undefined || itemHash === null) return before('Could not determine item hash')
  const hasContent = itemContent !== undefined && itemContent !== null
  const inferred = hasContent ? 'inline' : typeof itemHash === 'string' ? engineOfHash(itemHash) : undefined
  if (!inferred) return before(`Unexpected hash type: '${String(itemHash)}'`)
  const itemType = value['item_type'] || inferred
  let content: unknown = null
  if (itemType === 'inline') {
    if (!hasContent) return before('Item content not specified for inline item type')
    if (typeof itemContent === 'string' && isLongerThan(itemContent, inlineLimitCodePoints))
      return before('Message too long')
    try {
      content = parseStrictJson(String(itemContent))
    } catch {
      return before('Message content is not valid JSON data')
    }
  } else if (hasContent) return before(`${String(itemType)} messages cannot define item_content`)

  const fields = new Fields(value, at)
  const sender = fields.string('sender')
  const chain = fields.oneOf('chain', chains)
  const signature = fields.optionalString('signature')
  const type = storeOnly ? fields.storeType() : (value['type'] as string)
  const text = storeOnly ? fields.string('item_content') : fields.optionalString('item_content')
  // An empty one is taken for missing above, and refused here.
  const written = value['item_type'] ?? inferred
  const engine = storeOnly ? fields.inlineType(written) : fields.itemType(written)
  const hash = fields.string('item_hash')
  if (hash !== undefined && engine === 'inline' && typeof text === 'string') {
    const computed = sha256Hex(text)
    if (hash !== computed)
      fields.errors.push(
        valueError(
          [...at, 'item_hash'],
          `'item_hash' does not match 'sha256(item_content)', expecting ${computed}`,
          hash,
        ),
      )
  }
  const time = fields.time()
  const channel = fields.optionalString('channel')
  if (itemType === 'inline')
    fields.errors.push(...contentErrors(storeOnly ? 'STORE' : (type ?? ''), content, [...at, 'content']))
  if (fields.errors.length) return { errors: fields.errors }
  if (engine !== 'inline' && engine !== engineOfHash(hash ?? ''))
    return before(`Expected ${String(engineOfHash(hash ?? ''))} based on hash but item type is ${String(engine)}.`)
  return {
    message: {
      sender: sender ?? '',
      chain: chain ?? '',
      type: type ?? '',
      item_type: engine ?? 'inline',
      item_hash: hash ?? '',
      item_content: text ?? null,
      time: time ?? 0,
      channel: channel ?? null,
      signature: signature ?? null,
      content: engine === 'inline' ? (content as Json) : null,
    },
  }
}

/** The node counts Unicode code points, not UTF-16 units. */
function isLongerThan(text: string, limit: number): boolean {
  if (text.length <= limit) return false
  let count = 0
  for (const point of text) if (point && ++count > limit) return true
  return false
}

/** Reads fields of one object and collects what is wrong with them. */
class Fields {
  readonly errors: FieldError[] = []
  constructor(
    readonly value: Json,
    readonly at: FieldError['loc'],
  ) {}

  fail(error: FieldError): undefined {
    this.errors.push(error)
    return undefined
  }

  missing(name: string): undefined {
    return this.fail(missing([...this.at, name], this.value))
  }

  string(name: string): string | undefined {
    const value = this.value[name]
    if (value === undefined) return this.missing(name)
    return typeof value === 'string' ? value : this.notString(name, value)
  }

  optionalString(name: string): string | null | undefined {
    const value = this.value[name] ?? null
    return value === null || typeof value === 'string' ? value : this.notString(name, value)
  }

  notString(name: string, value: unknown): undefined {
    return this.fail(fieldError('string_type', [...this.at, name], 'Input should be a valid string', value))
  }

  oneOf(name: string, values: readonly string[]): string | undefined {
    const value = this.value[name]
    if (value === undefined) return this.missing(name)
    if (typeof value === 'string' && values.includes(value)) return value
    return this.fail(enumError([...this.at, name], values, value))
  }

  itemType(value: unknown): WireMessage['item_type'] | undefined {
    if (value === 'inline' || value === 'storage' || value === 'ipfs') return value
    return this.fail(enumError([...this.at, 'item_type'], ['inline', 'storage', 'ipfs'], value))
  }

  storeType(): string | undefined {
    const value = this.value['type']
    if (value === undefined) return this.missing('type')
    return value === 'STORE' ? value : this.notLiteral('type', "<MessageType.store: 'STORE'>", value)
  }

  inlineType(value: unknown): 'inline' | undefined {
    return value === 'inline' ? value : this.notLiteral('item_type', "<ItemType.inline: 'inline'>", value)
  }

  notLiteral(name: string, expected: string, value: unknown): undefined {
    return this.fail(
      fieldError('literal_error', [...this.at, name], `Input should be ${expected}`, value, { expected }),
    )
  }

  /** Seconds as Python's datetime takes them: years 1 to 9999, booleans as 0 and 1. */
  time(): number | undefined {
    const value = this.value['time']
    if (value === undefined) return this.missing('time')
    const seconds = typeof value === 'boolean' ? Number(value) : value
    if (typeof seconds !== 'number' || Math.abs(seconds) >= 2 ** 63) throw new TimeTypeError()
    if (seconds >= -62_135_596_800 && seconds < 253_402_300_800) return toMicroseconds(seconds)
    return this.fail(valueError([...this.at, 'time'], 'year is out of range', value))
  }
}

/** What the schema of a content finds wrong (protocol §3). */
export function contentErrors(type: string, content: unknown, at: FieldError['loc']): FieldError[] {
  if (!isObject(content)) {
    const name = `${type.charAt(0)}${type.slice(1).toLowerCase()}Content`
    const text = `Input should be a valid dictionary or instance of ${name}`
    return [fieldError('model_type', at, text, content, { class_name: name })]
  }
  const fields = new Fields(content, at)
  fields.string('address')
  contentTime(fields)
  switch (type) {
    case 'POST':
      post(fields)
      break
    case 'AGGREGATE':
      aggregate(fields)
      break
    case 'STORE':
      store(fields)
      break
    case 'FORGET':
      forget(fields)
      break
  }
  return fields.errors
}

/** A number from 0 to 9223372036; a numeric string passes here and makes the message vanish later (protocol §1.1). */
function contentTime(fields: Fields): void {
  const { value } = fields
  const loc = [...fields.at, 'time']
  if (value['time'] === undefined) return fields.missing('time')
  const time = toNumber(value['time'])
  if (time === undefined)
    fields.fail(
      typeof value['time'] === 'string'
        ? fieldError(
            'float_parsing',
            loc,
            'Input should be a valid number, unable to parse string as a number',
            value['time'],
          )
        : fieldError('float_type', loc, 'Input should be a valid number', value['time']),
    )
  else if (time < 0)
    fields.fail(
      fieldError('greater_than_equal', loc, 'Input should be greater than or equal to 0', value['time'], { ge: 0 }),
    )
  else if (time > 9_223_372_036)
    fields.fail(
      fieldError('less_than_equal', loc, 'Input should be less than or equal to 9223372036', value['time'], {
        le: 9_223_372_036,
      }),
    )
}

export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number') return value
  const isNumeric = typeof value === 'string' && /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value)
  return isNumeric ? Number(value) : undefined
}

function onlyKeys(fields: Fields, keys: readonly string[]): void {
  for (const key of Object.keys(fields.value))
    if (!keys.includes(key))
      fields.fail(
        fieldError('extra_forbidden', [...fields.at, key], 'Extra inputs are not permitted', fields.value[key]),
      )
}

function post(fields: Fields): void {
  const { value, at } = fields
  const ref = value['ref'] ?? null
  if (ref !== null && typeof ref !== 'string' && !(isObject(ref) && isItemHash(String(ref['item_hash']))))
    fields.notString('ref', ref)
  const type = fields.string('type')
  if (type === 'amend' && !ref) fields.fail(valueError(at, 'A content with type "amend" must have a ref', value))
  if (isObject(value['content'])) tags(fields, value['content']['tags'], ['content', 'tags'])
  onlyKeys(fields, ['address', 'time', 'content', 'ref', 'type'])
}

function aggregate(fields: Fields): void {
  const { value, at } = fields
  const { key, content } = value
  const isLegacy = isObject(key) && typeof key['name'] === 'string' && Object.keys(key).length === 1
  if (key === undefined) fields.missing('key')
  else if (typeof key !== 'string' && !isLegacy) fields.notString('key', key)
  if (content === undefined) fields.missing('content')
  else if (!isObject(content))
    fields.fail(fieldError('dict_type', [...at, 'content'], 'Input should be a valid dictionary', content))
  else tags(fields, content['tags'], ['content', 'tags'])
  onlyKeys(fields, ['address', 'time', 'key', 'content'])
}

function store(fields: Fields): void {
  const { value, at } = fields
  if (value['item_type'] === undefined) fields.missing('item_type')
  else if (value['item_type'] !== 'storage' && value['item_type'] !== 'ipfs')
    fields.notLiteral('item_type', "<ItemType.storage: 'storage'> or <ItemType.ipfs: 'ipfs'>", value['item_type'])
  if (value['item_hash'] === undefined) fields.missing('item_hash')
  else itemHash(fields, value['item_hash'], ['item_hash'])
  const size = value['size'] ?? null
  if (size !== null && !Number.isInteger(toNumber(size)))
    fields.fail(fieldError('int_type', [...at, 'size'], 'Input should be a valid integer', size))
  fields.optionalString('content_type')
  fields.optionalString('ref')
  tags(fields, value['tags'], ['tags'])
  const metadata = value['metadata'] ?? null
  if (metadata !== null && !isObject(metadata))
    fields.fail(fieldError('dict_type', [...at, 'metadata'], 'Input should be a valid dictionary', metadata))
  const payment = value['payment'] ?? null
  if (payment === null) return
  if (!isObject(payment)) {
    const text = 'Input should be a valid dictionary or instance of Payment'
    return fields.fail(fieldError('model_type', [...at, 'payment'], text, payment, { class_name: 'Payment' }))
  }
  const inner = new Fields(payment, [...at, 'payment'])
  if (payment['chain'] !== undefined && payment['chain'] !== null) inner.oneOf('chain', chains)
  inner.optionalString('receiver')
  if (inner.oneOf('type', paymentTypes) === 'superfluid')
    inner.fail(valueError([...at, 'payment'], 'Superfluid payment is not supported for STORE', payment))
  fields.errors.push(...inner.errors)
}

function forget(fields: Fields): void {
  const { value, at } = fields
  for (const name of ['hashes', 'aggregates']) {
    const list = value[name]
    if (list === undefined) {
      if (name === 'hashes') fields.missing(name)
    } else if (!Array.isArray(list))
      fields.fail(fieldError('list_type', [...at, name], 'Input should be a valid list', list))
    else if (list.length > 1000)
      fields.fail(
        fieldError(
          'too_long',
          [...at, name],
          `List should have at most 1000 items after validation, not ${list.length}`,
          list,
          {
            field_type: 'List',
            max_length: 1000,
            actual_length: list.length,
          },
        ),
      )
    else list.forEach((hash: unknown, i) => itemHash(fields, hash, [name, i]))
  }
  const reason = fields.optionalString('reason')
  if (typeof reason === 'string' && isLongerThan(reason, 1000))
    fields.fail(
      fieldError('string_too_long', [...at, 'reason'], 'String should have at most 1000 characters', reason, {
        max_length: 1000,
      }),
    )
  onlyKeys(fields, ['address', 'time', 'hashes', 'aggregates', 'reason'])
}

function itemHash(fields: Fields, value: unknown, path: (string | number)[]): void {
  const loc = [...fields.at, ...path]
  if (typeof value !== 'string') fields.fail(fieldError('string_type', loc, 'Input should be a valid string', value))
  else if (!isItemHash(value)) fields.fail(valueError(loc, `Could not determine hash type: '${value}'`, value))
}

/** At most 16 strings of 1 to 256 characters, or nothing (protocol §3.5). */
function tags(fields: Fields, value: unknown, path: string[]): void {
  if (value === undefined || value === null) return
  const isFine =
    Array.isArray(value) &&
    value.length <= 16 &&
    value.every(tag => typeof tag === 'string' && tag !== '' && !isLongerThan(tag, 256))
  if (!isFine)
    fields.fail(
      valueError([...fields.at, ...path], 'tags must be a list of at most 16 strings of 1 to 256 characters', value),
    )
}
