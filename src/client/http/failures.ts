// Why a request failed, as an error that says what to do. Nothing that a node or proxy wrote stands in a sentence: its text is
// in `details.reason` of an answer, and in the log.
import { safeLabel } from '../../shared/safeText.js'
import { AlephError, type AlephErrorOptions, type ErrorCode } from '../errors.js'

/** In the `details.reason` of a `NETWORK` error without an answer of a node. */
export type ConnectionReason =
  | 'dns'
  | 'offline'
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'interrupted'
  | 'incomplete'
  | 'certificate'
  | 'certificate-date'
  | 'certificate-name'
  | 'tls'
  | 'proxy'
  | 'proxy-auth'
  | 'redirect'
  | 'web-page'
  | 'not-http'
  | 'unknown'

interface Kind {
  reason: ConnectionReason
  /** Error codes of Node and undici, and of Chromium behind `net::`, or what stands in messages without a code. */
  signs: RegExp
  /** What follows “The node example.org”. */
  says: string
  /** Waiting doesn't help. */
  isFinal?: true
  /** No byte of the request left this computer, or reached the node. */
  isNeverSent?: true
}

const proxyAdvice = 'Check the proxy settings, which are http.proxy in VS Code.'
const loginAdvice =
  'If your network has a login page, sign in with a web browser; otherwise check the URL of the node and the proxy settings.'

const kinds: readonly Kind[] = [
  {
    reason: 'proxy-auth',
    signs: /^Proxy response \(407\)|^ERR_PROXY_AUTH|^ERR_UNEXPECTED_PROXY_AUTH/,
    says: `can't be reached because the proxy wants a user name and password. ${proxyAdvice}`,
    isFinal: true,
    isNeverSent: true,
  },
  {
    reason: 'proxy',
    signs: /^Proxy response|^ERR_(PROXY|TUNNEL|MANDATORY_PROXY|SOCKS|NO_SUPPORTED_PROXIES|PAC)/,
    says: `can't be reached because the proxy doesn't let the request through. ${proxyAdvice}`,
    isFinal: true,
    isNeverSent: true,
  },
  {
    reason: 'redirect',
    signs: /^unexpected redirect|redirect policy|^ERR_(TOO_MANY|UNSAFE)_REDIRECT/,
    says: `redirects elsewhere, which isn't followed. ${loginAdvice}`,
    isFinal: true,
  },
  {
    reason: 'certificate-date',
    signs: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$|^ERR_CERT_DATE_INVALID$/,
    says: "has a certificate that isn't valid at the time of this computer. Check the date and time of this computer; if they're right, the certificate has expired, and only the node's operator can renew it.",
    isFinal: true,
    isNeverSent: true,
  },
  {
    reason: 'certificate-name',
    signs: /^ERR_TLS_CERT_ALTNAME_INVALID$|^HOSTNAME_MISMATCH$|^ERR_CERT_COMMON_NAME_INVALID$/,
    says: `has a certificate for another name. ${loginAdvice}`,
    isFinal: true,
    isNeverSent: true,
  },
  {
    reason: 'certificate',
    signs:
      /^(CERT|CRL|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|ERR_CERT|ERR_SSL_PINNED|ERR_BAD_SSL_CLIENT_AUTH)_|^(INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/,
    says: "has a certificate that this computer doesn't trust. If a proxy or a virus scanner inspects your traffic, add its certificate to those that your system trusts; otherwise somebody may be listening in, so use another network.",
    isFinal: true,
    isNeverSent: true,
  },
  {
    reason: 'dns',
    signs: /^ENOTFOUND$|^EAI_|^ERR_(NAME|DNS)_|^ERR_ICANN/,
    says: "can't be reached because its name isn't known. Check your internet connection and the URL of the node.",
    isNeverSent: true,
  },
  {
    reason: 'refused',
    signs: /^ECONNREFUSED$|^ERR_CONNECTION_REFUSED$/,
    says: "can't be reached because nothing accepts connections there.",
    isNeverSent: true,
  },
  {
    reason: 'offline',
    signs: /^ENETUNREACH$|^ENETDOWN$|^ERR_INTERNET_DISCONNECTED$/,
    says: "can't be reached. Check your internet connection.",
    isNeverSent: true,
  },
  {
    reason: 'unreachable',
    signs:
      /^EHOSTUNREACH$|^EHOSTDOWN$|^connect ETIMEDOUT|^UND_ERR_CONNECT_TIMEOUT$|^ERR_(ADDRESS_UNREACHABLE|CONNECTION_TIMED_OUT|CONNECTION_FAILED)$/,
    says: "can't be reached because no connection comes about. Check your internet connection.",
    isNeverSent: true,
  },
  {
    reason: 'tls',
    signs: /^EPROTO$|^ERR_SSL_|^ERR_TLS_/,
    says: `can't be reached securely. ${loginAdvice}`,
    isFinal: true,
  },
  {
    reason: 'not-http',
    signs:
      /^HPE_|^UND_ERR_(HEADERS_OVERFLOW|RESPONSE)|^ERR_(INVALID_(HTTP_)?RESPONSE|RESPONSE_HEADERS|INVALID_CHUNKED|CONTENT_DECODING)|^Z_/,
    says: "sent an answer that isn't valid. Check the URL of the node.",
    isFinal: true,
  },
  {
    reason: 'reset',
    signs:
      /^(ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT)$|^UND_ERR_(SOCKET|RES_CONTENT_LENGTH|DESTROYED|CLOSED)|^ERR_STREAM_PREMATURE_CLOSE$|^ERR_(CONNECTION_(RESET|CLOSED|ABORTED)|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED|NETWORK_CHANGED|TIMED_OUT|INCOMPLETE_CHUNKED|CONTENT_LENGTH|HTTP2)|^(other side closed|socket hang up|terminated)$/,
    says: 'closed the connection before it answered.',
  },
]

interface Sign {
  text: string
  syscall: unknown
}

/** Codes and messages of an error and of what caused it. */
function signsOf(error: unknown, depth = 0): Sign[] {
  if (typeof error !== 'object' || error === null || depth > 4) return []
  const { code, message, syscall, cause, errors } = error as Record<string, unknown>
  const inner = [cause, ...(Array.isArray(errors) ? errors.slice(0, 8) : [])].flatMap(each => signsOf(each, depth + 1))
  const texts = [code, message].filter(text => typeof text === 'string')
  return [...texts.map(text => ({ text: text.replace(/^.*\bnet::/s, ''), syscall })), ...inner]
}

/** How far an exchange came: a part of a form was sent on a new connection, or the head or more of the answer was there. */
export type Progress = 'sending' | 'head' | 'body' | undefined

/** A connection that wasn't made or broke. */
export function connectionError(url: string, cause: unknown, progress?: Progress): AlephError {
  const { host } = new URL(url)
  const signs = signsOf(cause)
  if (signs.some(({ text }) => /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(text)))
    return new AlephError('TIMEOUT', `The node ${host} didn't answer in time.`, { cause, retryable: true })
  const kind = kinds.find(each => signs.some(({ text }) => each.signs.test(text)))
  if (progress && (!kind || kind.reason === 'reset')) {
    const isSending = progress === 'sending'
    const reason: ConnectionReason = isSending ? 'interrupted' : 'incomplete'
    return new AlephError(
      'NETWORK',
      `The node ${host} closed the connection in the middle of ${isSending ? 'the upload' : 'its answer'}.`,
      { cause, retryable: true, details: { reason, neverSent: false, isEmpty: progress === 'head' } },
    )
  }
  const isConnecting = !signs.some(({ syscall }) => syscall === 'read' || syscall === 'write')
  return new AlephError('NETWORK', `The node ${host} ${kind?.says ?? "can't be reached."}`, {
    cause,
    retryable: !kind?.isFinal,
    details: {
      reason: kind?.reason ?? ('unknown' satisfies ConnectionReason),
      neverSent: kind?.isNeverSent === true && isConnecting && !progress,
    },
  })
}

/** Nodes close idle connections, also at the moment of a request: asked again, it takes a connection of its own. */
export const isClosedUnanswered = (error: AlephError): boolean =>
  error.code === 'NETWORK' && !error.response && error.details.reason === ('reset' satisfies ConnectionReason)

/** A page for people where data was expected: a login page, a proxy's, or simply another web site. */
export const webPageError = (url: string, status: number): AlephError =>
  new AlephError('NETWORK', `${new URL(url).host} answered with a web page, not as a node does. ${loginAdvice}`, {
    response: { status },
    details: { reason: 'web-page' satisfies ConnectionReason, neverSent: false },
  })

export function redirectError(url: string, status: number, location: string | null | undefined): AlephError {
  const { host } = new URL(url)
  let target = 'elsewhere'
  try {
    const { host: targetHost } = new URL(location ?? '', url)
    // A name of ordinary characters can't be taken for a part of the sentence.
    if (location && targetHost !== host && /^[a-z\d.:[\]-]{1,100}$/i.test(targetHost)) target = `to ${targetHost}`
  } catch {
    // it stays “elsewhere”
  }
  return new AlephError('NETWORK', `The node ${host} redirects ${target}, which isn't followed. ${loginAdvice}`, {
    response: { status },
    details: { reason: 'redirect' satisfies ConnectionReason, neverSent: false },
  })
}

/** `text` is the node's, `path` what was asked for. */
export function statusError(
  url: string,
  { status, text, retryAfterMs }: { status: number; text: string; retryAfterMs: number | undefined },
): AlephError {
  const retryable = status === 408 || status === 429 || status >= 500
  const response = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  const error = (code: ErrorCode, message: string, options: AlephErrorOptions = {}) =>
    new AlephError(code, message, {
      response,
      retryable,
      ...options,
      details: { reason: shown(text), ...(isPage(text) ? { isPage: true } : {}), ...options.details },
    })
  const { host, pathname } = new URL(url)
  switch (status) {
    case 402:
      return error('INSUFFICIENT_FUNDS', 'The node refused the upload because the account holds too little.')
    case 404:
      return error('NOT_FOUND', 'The node does not know this.')
    case 407:
      return error('NETWORK', `The node ${host} ${kinds[0]?.says}`, {
        details: { reason: 'proxy-auth' satisfies ConnectionReason, neverSent: true },
      })
    case 408:
      return error('TIMEOUT', 'The node gave up waiting for the request.')
    case 413:
      return error('TOO_LARGE', 'The node refused the request because it is too large.')
    case 429:
      return error('RATE_LIMITED', 'The node is refusing requests because there were too many; try again later.')
    case 511:
      return error(
        'NETWORK',
        `The node ${host} can't be reached because the network wants you to sign in. ${loginAdvice}`,
        {
          retryable: false,
          details: { reason: 'web-page' satisfies ConnectionReason, neverSent: false },
        },
      )
  }
  if (status >= 500 && /\/ipfs\/add_/.test(pathname))
    return error(
      'NETWORK',
      `The node couldn't add this to IPFS (HTTP ${status}); its IPFS service may be down. Try again later, or choose the storage engine or another node.`,
      { details: { isIpfsDown: true } },
    )
  // 203, 206 and the like are the work of a proxy: whatever they hold isn't what the node said.
  if (status < 300) return noAnswer(status)
  if (status >= 500) return error('NETWORK', `The node failed to answer (HTTP ${status}).`)
  return error('REJECTED', `The node refused the request (HTTP ${status}).`)
}

/** What a node said, for programs and logs. */
const shown = (text: string) => safeLabel(text, 200)

/** A proxy, a portal or another server answered. */
export const noAnswer = (status: number): AlephError =>
  new AlephError('NETWORK', `What came isn't an answer of the node (HTTP ${status}).`, {
    retryable: true,
    response: { status },
    details: { reason: 'unknown' satisfies ConnectionReason, neverSent: false, isPage: true },
  })

/** Pages of HTML are the work of proxies and portals: nodes answer with JSON or plain text. */
export const isPage = (text: string): boolean => text.trimStart().startsWith('<')
