// Has the network keep what is on IPFS already: a STORE without an upload (protocol §6.2, §11.6).
import {
  assertOptions,
  requireAccount,
  requireOwner,
  writeOptions,
  type Context,
  type WriteOptions,
} from '../context.js'
import { AlephError, invalidInput, isAlephError } from '../errors.js'
import { asFundsError } from '../file/funds.js'
import { choosePayment } from '../file/prices.js'
import { publishContent } from '../message/publish.js'
import { assertMetadata } from '../message/serialize.js'
import { withDefaultTags } from '../message/tags.js'
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
}

export interface PinResult {
  /** False while the network still looks for the CID. */
  success: boolean
  /** The hash of the STORE message. */
  item_hash: string
  status: 'processed' | 'pending'
}

const optionNames = [...writeOptions, ...'tags metadata payment filename mimetype'.split(' ')]

export async function pin(context: Context, cid: string, options: PinOptions = {}): Promise<PinResult> {
  assertOptions(options, optionNames, 'ipfs.pin')
  const file_hash = pinnableCid(cid)
  const { signal } = options
  const payment: Payment = { chain: 'ETH', type: choosePayment(options.payment, context.http.clock.now()) }
  const content = { item_type: 'ipfs', item_hash: file_hash, ...describe(options, context.tags), payment }
  const owner = await requireOwner(options.owner, requireAccount(context, options.account))
  const endpoint = await context.http.writeEndpoint(signal)
  try {
    const { item_hash, status } = await publishContent(context, 'STORE', content, { ...options, endpoint })
    return { success: status === 'processed', item_hash, status }
  } catch (error) {
    if (isAlephError(error, 'REJECTED') && error.details.error_code === 4)
      throw new AlephError(
        'REJECTED',
        `The network could not find ${file_hash} on IPFS: whoever has it must be online while it is pinned. Pin it again then.`,
        { cause: error, details: error.details },
      )
    throw await asFundsError(context, error, { owner, payment: payment.type, endpoint, signal, hint })
  }
}

const hint =
  'An account without funds is refused also when the size of the CID can not be found at once; then pinning it again later helps.'

function describe({ metadata, filename, mimetype, ...options }: PinOptions, defaultTags: readonly string[]) {
  const tags = withDefaultTags(defaultTags, options.tags)
  assertMetadata(metadata)
  for (const [name, value] of Object.entries({ filename, mimetype }))
    if (value !== undefined && typeof value !== 'string') throw invalidInput(`The ${name} must be a text.`)
  const described = {
    ...metadata,
    ...(filename === undefined ? {} : { filename }),
    ...(mimetype === undefined ? {} : { mimetype }),
  }
  return {
    ...(mimetype === undefined ? {} : { content_type: mimetype }),
    ...(Object.keys(described).length ? { metadata: described } : {}),
    ...(tags.length ? { tags } : {}),
  }
}
