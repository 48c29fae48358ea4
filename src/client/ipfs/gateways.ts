// IPFS gateways for what the node does not have: asked in order, believed in nothing. They send blocks, which are
// verified against the CID one by one (protocol §6.4).
import type { Context } from '../context.js'
import { AlephError, integrityError, isAlephError, throwIfAborted } from '../errors.js'
import { urlBelow } from './gatewayUrl.js'

export interface GatewayFile {
  cid: string
  /** Names below the CID; none for the file that the CID is. */
  path?: readonly string[]
  maxBytes: number
  signal?: AbortSignal | undefined
}

export type ReadFile<T> = (chunks: AsyncIterable<Uint8Array>, lengthBytes: number | undefined) => Promise<T>

const headers = { accept: 'application/vnd.ipld.car; version=1; order=dfs; dups=y' }
const redirects = [301, 302, 303, 307, 308]
const maxRedirects = 3

/**
 * Gives the verified bytes to `read`, which must take all of them before it believes any, and which is called again for
 * the next gateway. Throws what the blocks themselves say (`INVALID_INPUT` for a folder, `NOT_FOUND` for a path, `TOO_LARGE`)
 * or, when no gateway could serve it, the most telling failure, `earlier` among them: lies, then what another try may mend,
 * then not found.
 */
export async function fileFromGateways<T>(
  context: Context,
  { cid, path = [], maxBytes, signal }: GatewayFile,
  read: ReadFile<T>,
  earlier?: AlephError,
): Promise<T> {
  const { openCarFile, parseCid } = await import('../lazy/ipfsCar.js')
  const root = parseCid(cid)
  const failures = earlier ? [earlier] : []
  for (const gateway of context.gateways) {
    throwIfAborted(signal)
    try {
      return await followed(
        context,
        gateway,
        `${urlBelow(gateway, cid, path)}?format=car&dag-scope=entity`,
        signal,
        body => openCarFile(body, root, path, maxBytes).then(file => read(file.chunks, file.sizeBytes)),
      )
    } catch (error) {
      if (!isAlephError(error) || isFinal(error)) throw error
      failures.push(ofGateway(error, new URL(gateway).host))
    }
  }
  throw told(failures, cid, context.gateways)
}

/** Trying elsewhere would not change it: our own disk, our caller, or verified blocks said so. */
const isFinal = ({ code, response }: AlephError): boolean =>
  code === 'ABORTED' ||
  code === 'INVALID_INPUT' ||
  code === 'IO' ||
  ((code === 'TOO_LARGE' || code === 'NOT_FOUND') && !response)

/** What is said of nodes, of this gateway. */
const ofGateway = (error: AlephError, host: string): AlephError =>
  new AlephError(
    error.code,
    error.message.replace(`The node ${host}`, 'The node').replace(/^The (node|gateway)\b/, `The gateway ${host}`),
    {
      cause: error,
      retryable: error.retryable,
      details: error.details,
      ...(error.response ? { response: error.response } : {}),
    },
  )

/** A gateway may send us on within its own name, as those do that have a host for each CID. */
async function followed<T>(
  context: Context,
  gateway: string,
  url: string,
  signal: AbortSignal | undefined,
  read: (body: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  let target = url
  for (let hops = 0; hops <= maxRedirects; hops++) {
    const answer = await context.http.stream(
      '',
      target,
      { signal, accept: redirects, headers },
      async (body, { status, header }) =>
        redirects.includes(status) ? { location: header('location') } : { result: await read(body) },
    )
    if ('result' in answer) return answer.result as T
    target = redirectTarget(answer.location, target, new URL(gateway))
  }
  throw integrityError(`The gateway sends in circles.`)
}

function redirectTarget(location: string | null | undefined, from: string, gateway: URL): string {
  let target: URL | undefined
  try {
    target = new URL(location ?? '', from)
  } catch {
    // told below
  }
  const isWithin =
    target !== undefined &&
    location &&
    target.protocol === gateway.protocol &&
    target.port === gateway.port &&
    !target.username &&
    !target.password &&
    (target.hostname === gateway.hostname || target.hostname.endsWith(`.${gateway.hostname}`))
  if (!isWithin || !target) throw integrityError(`The gateway sends to another host, which was not asked for.`)
  return target.href
}

function told(failures: readonly AlephError[], cid: string, gateways: readonly string[]): AlephError {
  const lie = failures.find(({ code }) => code === 'INTEGRITY')
  if (lie) return lie
  const asked = gateways.map(gateway => new URL(gateway).host).join(', ')
  const details = { file_hash: cid }
  const open = failures.find(({ code }) => code !== 'NOT_FOUND')
  if (open)
    return new AlephError(open.code, `${cid} was not found, and not everybody could be asked: ${open.message}`, {
      cause: open,
      retryable: open.retryable,
      ...(open.response ? { response: open.response } : {}),
      details,
    })
  return new AlephError(
    'NOT_FOUND',
    `${failures.length > gateways.length ? 'The node does not have' : 'Nobody who was asked has'} file ${cid}${asked ? `, nor do the IPFS gateways (${asked})` : ''}.`,
    { response: { status: 404 }, details },
  )
}
