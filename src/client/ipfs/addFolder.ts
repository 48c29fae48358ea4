// A folder → IPFS as one directory: its root and length first, funds and limits next, then a CAR as a stream with the
// STORE before it (protocol §5.4 add_car, §6.3).
import type { Balance } from '../address.js'
import {
  assertOptions,
  requireAccount,
  requireOwner,
  writeOptions,
  type Context,
  type WriteOptions,
} from '../context.js'
import { AlephError, invalidInput, isAlephError, throwIfAborted } from '../errors.js'
import { breaksBesideFile } from '../file/describe.js'
import { asFundsError, spareBalance, spareOf } from '../file/funds.js'
import { choosePayment, mebibyte, unitOf, uploadPrice, type Prices } from '../file/prices.js'
import { keptStore, metadataText, statusOfUpload } from '../file/uploadOne.js'
import type { UploadPart } from '../http/transport.js'
import { signMessage } from '../message/envelope.js'
import { openEnvelope } from '../message/fate.js'
import { publishOnce } from '../message/publish.js'
import { assertMetadata, inlineLimitBytes } from '../message/serialize.js'
import { assertChannel, withDefaultTags } from '../message/tags.js'
import type { Envelope, Payment } from '../message/types.js'
import { openFolder, type FolderSource, type OpenFolder } from './folderEntries.js'
import { urlBelow } from './gatewayUrl.js'

export interface FolderProgress {
  /** Files are read twice: to know the root, and to send them. */
  phase: 'hashing' | 'sending' | 'publishing'
  /** Bytes of files in this phase; begins again at 0 when the folder must be sent again. */
  doneBytes: number
  totalBytes: number
}

export interface AddFolderOptions extends WriteOptions {
  /** The name to be stored; that of the local folder if not given. */
  filename?: string
  tags?: readonly string[]
  metadata?: Record<string, unknown>
  /** `hold` until the end of 2026, `credit` from then on, if not given. */
  payment?: Payment['type']
  onProgress?: (progress: FolderProgress) => void
  /** A STORE of this same folder that may not have arrived: it is looked up, and else sent again as it is. */
  resend?: Envelope
}

export interface AddedFolder {
  /** The hash of the STORE message. */
  item_hash: string
  /** CIDv0 of the directory. */
  cid: string
  /** Bytes of all files. */
  size: number
  files: number
  /** Links and the like that were left out, by path. */
  skipped: string[]
  status: 'processed' | 'pending'
  /** Where each of the client's gateways shows it. */
  urls: string[]
}

const optionNames = [...writeOptions, ...'filename tags metadata payment onProgress resend'.split(' ')]
const path = '/api/v0/ipfs/add_car'

export async function addFolder(
  context: Context,
  source: FolderSource,
  options: AddFolderOptions = {},
): Promise<AddedFolder> {
  assertOptions(options, optionNames, 'ipfs.addFolder')
  const { signal, onProgress } = options
  throwIfAborted(signal)
  const account = requireAccount(context, options.account)
  const channel = options.channel ?? context.channel
  if (channel !== undefined) assertChannel(channel)
  const payment: Payment = { chain: 'ETH', type: choosePayment(options.payment, context.http.clock.now()) }
  assertDescription(options)
  const tags = withDefaultTags(context.tags, options.tags)
  const owner = await requireOwner(options.owner, account)

  const folder = await openFolder(source, signal)
  const description = describe(folder, { ...options, tags })
  const endpoint = await context.http.writeEndpoint(signal)
  await context.http.assertClock(endpoint, signal)
  const [takesIpfs, limits, balance, prices, { planFolder, folderCar }] = await Promise.all([
    context.nodes.takesIpfs(endpoint, signal),
    context.nodes.limits(endpoint, signal),
    spareBalance(context, owner, payment.type, { endpoint, signal }),
    context.prices.get(signal),
    import('../lazy/ipfsFolder.js'),
  ])
  if (!takesIpfs) throw noFolders(endpoint)
  // The CAR is larger than the files in it, so what they miss is known before they are read.
  const funds = { payment: payment.type, balance, prices, limitBytes: limits.car }
  assertAffordable(folder.sizeBytes, funds)

  const counter = (phase: FolderProgress['phase']) => {
    let doneBytes = 0
    const tell = () => onProgress?.({ phase, doneBytes, totalBytes: folder.sizeBytes })
    tell()
    return (count: number) => {
      throwIfAborted(signal)
      doneBytes += count
      tell()
    }
  }
  const plan = await planFolder(folder.entries, counter('hashing'))
  throwIfAborted(signal)
  assertAffordable(plan.carBytes, funds)

  const cid = plan.root.toString()
  const { waitMs, resend } = options
  if (resend && keptStore(resend).file_hash !== cid)
    throw invalidInput(
      "The folder changed after it was signed, so the same message can't be sent for it. Upload the folder again.",
    )
  const sign = async () => {
    const time = context.contentClock.next(account.address)
    const content = { address: owner, time, item_type: 'ipfs', item_hash: cid, ...description, payment }
    const unsigned = { type: 'STORE' as const, content, ...(channel === undefined ? {} : { channel }) }
    const { envelope } = await signMessage(account, unsigned, signal)
    await options.onSigned?.(envelope)
    return envelope
  }
  const envelope = resend ?? (await sign())
  const text = new TextEncoder().encode(metadataText(envelope, waitMs))
  let leaves = () => undefined as void
  const parts: UploadPart[] = [
    {
      name: 'metadata',
      lengthBytes: text.length,
      *body() {
        leaves()
        yield text
      },
    },
    {
      name: 'file',
      filename: 'folder.car',
      contentType: 'application/vnd.ipld.car',
      lengthBytes: plan.carBytes,
      async *body() {
        yield* folderCar(folder.entries, plan, counter('sending'))
        onProgress?.({ phase: 'publishing', doneBytes: folder.sizeBytes, totalBytes: folder.sizeBytes })
      },
    },
  ]
  const send = async (leave: () => void) => {
    leaves = leave
    const answer = await context.http.uploadOnce(endpoint, path, parts, { signal, accept: [202, 422] })
    return statusOfUpload(answer, { fileHash: cid })
  }
  try {
    const { item_hash, status } = await publishOnce(context, envelope, send, {
      endpoint,
      signal,
      waitMs,
      isResend: resend !== undefined,
    })
    const { sizeBytes: size, files, skipped } = folder
    return { item_hash, cid, size, files, skipped, status, urls: context.gateways.map(each => urlBelow(each, cid, [])) }
  } catch (error) {
    const isOpen = openEnvelope(error) !== undefined
    if (!isOpen && isAlephError(error) && [404, 405].includes(error.response?.status ?? 0)) throw noFolders(endpoint)
    const facts = { owner, payment: payment.type, sizeBytes: plan.carBytes, balance, endpoint, signal }
    throw await asFundsError(context, error, facts)
  }
}

const noFolders = (endpoint: string) =>
  invalidInput(`The node ${new URL(endpoint).host} takes no folders for IPFS; use another node.`)

function assertDescription({ metadata, filename }: AddFolderOptions): void {
  assertMetadata(metadata)
  if (filename !== undefined && typeof filename !== 'string') throw invalidInput('The filename must be a text.')
}

/** What the STORE says of the folder besides its root. */
function describe({ name, sizeBytes, files }: OpenFolder, { filename = name, tags, metadata }: AddFolderOptions) {
  const description = {
    metadata: { ...metadata, ...(filename === undefined ? {} : { filename }), size: sizeBytes, files },
    ...(tags?.length ? { tags: [...tags] } : {}),
  }
  const length = new TextEncoder().encode(JSON.stringify(description)).length
  if (length > inlineLimitBytes - 1000)
    throw new AlephError(
      'TOO_LARGE',
      `The metadata has ${length} bytes; beside a folder there is room for ${inlineLimitBytes - 1000}.`,
    )
  if (breaksBesideFile(description))
    throw invalidInput(
      'The name, tags or metadata hold a % escape of a quote, backslash or control character, with which nodes lose folders. Rename it.',
    )
  return description
}

interface FolderFunds {
  payment: Payment['type']
  balance: Balance
  prices: Prices
  /** Of a CAR. */
  limitBytes: number
}

/** A node answers 402 only after it took the whole CAR, and also to small ones. Built-in prices refuse nothing. */
function assertAffordable(carBytes: number, { payment, balance, prices, limitBytes }: FolderFunds): void {
  if (carBytes > limitBytes)
    throw new AlephError(
      'TOO_LARGE',
      `The folder has ${shown(carBytes / mebibyte)} MiB; this node takes ${shown(limitBytes / mebibyte)} MiB at most.`,
      { details: { sizeBytes: carBytes, limitBytes } },
    )
  const isCredit = payment === 'credit'
  const required = uploadPrice(carBytes, payment, prices)
  const available = spareOf(payment, balance)
  if (available >= required || prices.source === 'built-in') return
  const unit = unitOf(payment)
  const hint = isCredit ? '' : ' Without them the node takes single files of up to 25 MiB only.'
  throw new AlephError(
    'INSUFFICIENT_FUNDS',
    `Storing this folder needs ${shown(required)} ${isCredit ? 'credits for its first day' : 'ALEPH held'}; the account has ${shown(available)} to spare.${hint}`,
    { details: { required, available, unit } },
  )
}

const shown = (value: number) => String(Number(value.toPrecision(4)))
