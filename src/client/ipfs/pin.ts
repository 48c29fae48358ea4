// Has the network keep what is on IPFS already: a STORE without an upload (protocol §6.2, §11.6).
import { assertOptions, type Context, type WriteOptions } from '../context.js'
import { AlephError, invalidInput, isAlephError } from '../errors.js'
import { asFundsError } from '../file/fundsError.js'
import { defaultPayment } from '../file/uploadPlan.js'
import { publishContent } from '../message/publish.js'
import { assertMetadata } from '../message/serialize.js'
import { assertTags } from '../message/tags.js'
import type { Payment } from '../message/types.js'
import { pinnableCid } from './cidShape.js'

export interface PinOptions extends WriteOptions {
  tags?: readonly string[]
  metadata?: Record<string, unknown>
  /** `hold` until the end of 2026, `credit` from then on, if not given. */
  payment?: Payment['type']
  /** The name under which it is stored. */
  filename?: string
  mimetype?: string
  /** How long to wait for the network to find the CID, in milliseconds; a minute if not given. */
  waitMs?: number
}

export interface PinResult {
  /** False while the network still looks for the CID. */
  success: boolean
  /** The hash of the STORE message. */
  item_hash: string
  status: 'processed' | 'pending'
}

const optionNames = 'signal account owner channel tags metadata payment filename mimetype waitMs'.split(' ')

export async function pin(context: Context, cid: string, options: PinOptions = {}): Promise<PinResult> {
  assertOptions(options, optionNames, 'ipfs.pin')
  const item_hash = pinnableCid(cid)
  const content = { item_type: 'ipfs', item_hash, ...describe(options), payment: payment(context, options.payment) }
  try {
    const published = await publishContent(context, 'STORE', content, options)
    return {
      success: published.status === 'processed',
      item_hash: published.item_hash,
      status: published.status,
    }
  } catch (error) {
    throw told(error, item_hash)
  }
}

export function payment(context: Context, type: Payment['type'] | undefined): Payment {
  if (type !== undefined && type !== 'hold' && type !== 'credit')
    throw invalidInput('The payment must be “hold” or “credit”.')
  return { chain: 'ETH', type: type ?? defaultPayment(context.http.clock.now()) }
}

function describe({ tags, metadata, filename, mimetype, waitMs }: PinOptions) {
  if (tags !== undefined) assertTags(tags)
  assertMetadata(metadata)
  for (const [name, value] of Object.entries({ filename, mimetype }))
    if (value !== undefined && typeof value !== 'string') throw invalidInput(`The ${name} must be a text.`)
  if (waitMs !== undefined && !(typeof waitMs === 'number' && waitMs >= 0))
    throw invalidInput('waitMs must be a number of milliseconds.')
  const described = {
    ...metadata,
    ...(filename === undefined ? {} : { filename }),
    ...(mimetype === undefined ? {} : { mimetype }),
  }
  return {
    ...(mimetype === undefined ? {} : { content_type: mimetype }),
    ...(Object.keys(described).length ? { metadata: described } : {}),
    ...(tags?.length ? { tags: [...tags] } : {}),
  }
}

/** A rejection in the words of this call. */
function told(error: unknown, cid: string): unknown {
  if (!isAlephError(error, 'REJECTED')) return error
  const { error_code } = error.details
  if (error_code === 4)
    return new AlephError(
      'REJECTED',
      `The network could not find ${cid} on IPFS: whoever has it must be online while it is pinned. Pin it again then.`,
      { cause: error, details: error.details },
    )
  return asFundsError(
    error,
    'An account without funds is refused also when the size of the CID can not be found at once; then pinning it again later helps.',
  )
}
