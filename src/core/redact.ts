// Takes out of a text what tells who wrote it and what they work on, and leaves what helps to find a fault. For texts
// that a person reads before they go anywhere; where it is in doubt it takes out too much.
import { defaultEndpoints, isLoopback } from '../client/http/endpoint.js'
import { commands, settingNames, settingsSection } from '../shared/ids.js'
import { shortAddress } from './accountList.js'

/** What is known of this person and machine, and the word to write instead. */
export type KnownTexts = readonly (readonly [text: string, word: string])[]

const publicHosts = new Set([...defaultEndpoints.map(url => new URL(url).host), 'ipfs.aleph.cloud'])
const ownWords = new Set<string>([
  ...Object.values(commands),
  ...Object.values(settingNames).map(name => `${settingsSection}.${name}`),
])
/** Files of this extension, as they stand at the end of a path or stack frame. */
const ownFile = /\b(?:extension\.js|localNode\.cjs|lazy[\\/][\w-]+\.mjs)(?::\d+){0,2}\)?$/
const stackFrame = /^\s+at .*(?::\d+:\d+|<anonymous>)\)?$/

/** The name in a line about an upload may hold anything, a line break too. */
const uploadName = /(\[upload\] )[\s\S]+( (?:is \w+: message|failed: ))/
const url = /[a-z0-9+.-]{1,30}:\/\/[^\s"'“”<>(){}]*/gi

/**
 * Of these the first that fits decides: quoted texts; absolute paths, which may hold spaces and quotes and so reach to
 * the end of their line; e-mail addresses; hashes, addresses and other long runs; relative paths, hosts and names of
 * files, which are words joined by slashes or dots; IPv6 addresses.
 */
const sensitive =
  /(?<quoted>“[^”]*”?)|(?<path>(?<![\p{L}\p{N}.>])(?:<\w+>|~|[a-z]:)?[\\/][^\s\\/].*|(?<!\S)\\\\.*)|(?<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)|(?<long>[\w+=-]{32,})|(?<joined>[\p{L}\p{N}_%@~+-]+(?:[.\\/]+[\p{L}\p{N}_%@~+-]+)+(?::\d+)*)|(?<ipv6>\[[0-9a-f:]*:[0-9a-f:]*\](?::\d+)?)/giu

/** `text` is one entry of the log, with the lines of its stack. */
export function redact(text: string, known: KnownTexts): string {
  const written: string[] = []
  // What is written instead of a URL must not be looked at again: one character of private use keeps its place.
  const keep = (result: string) => String.fromCharCode(firstPrivate + (written.push(result) - 1))
  const hidden = text
    .slice(0, maxCharacters)
    .replace(/[\ue000-\uf8ff]/g, '')
    .replace(uploadName, '$1<name>$2')
    .replace(url, match => keep(redactUrl(match)))
  return replaceKnown(hidden, known)
    .split('\n')
    .map(redactLine)
    .join('\n')
    .replace(/[\ue000-\uf8ff]/g, character =>
      replaceKnown(written[character.charCodeAt(0) - firstPrivate] ?? '', known),
    )
}

/** Fewer URLs than characters of private use fit. */
const maxCharacters = 6000
const firstPrivate = 0xe000

function replaceKnown(text: string, known: KnownTexts): string {
  // The longest first: a workspace lies inside of somebody's home.
  const inOrder = [...known].filter(([value]) => value.length > 1).sort(([a], [b]) => b.length - a.length)
  let result = text
  for (const [value, word] of inOrder) result = result.replace(knownPattern(value), `<${word}>`)
  return result
}

/** A short one is also a part of ordinary words. */
const knownPattern = (value: string) =>
  new RegExp(value.length < 5 ? `(?<![\\p{L}\\p{N}])${escape(value)}(?![\\p{L}\\p{N}])` : escape(value), 'giu')

function redactLine(line: string): string {
  const isFrame = stackFrame.test(line)
  return line.replace(sensitive, (match: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string | undefined>
    if (groups['quoted'] !== undefined) return '“…”'
    if (groups['path'] !== undefined) return `<path>${ownFile.exec(match)?.[0] ?? ''}`
    if (groups['mail'] !== undefined) return '<mail>'
    if (groups['long'] !== undefined) return shorten(match)
    if (groups['ipv6'] !== undefined) return match.startsWith('[::1]') ? match : '<host>'
    // Names of functions and of the platform's own modules.
    return isFrame ? match : redactJoined(match)
  })
}

/** Of a node the path of its API, of a foreign one nothing that tells which it is. Other schemes hold paths and names. */
function redactUrl(text: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : undefined
  if (!parsed || !/^(https?|wss?):$/.test(parsed.protocol))
    return `${text.slice(0, text.indexOf(':'))}:<path>${ownFile.exec(text)?.[0] ?? ''}`
  const { protocol, host, hostname, pathname, searchParams } = parsed
  const start = pathname.indexOf('/api/v')
  const path = start < 0 ? '' : pathname.slice(start).split('/').map(segment).join('/')
  const query = [...searchParams].map(([name, value]) => `${/^\w{1,20}$/.test(name) ? name : '…'}=${argument(value)}`)
  const isKnown = publicHosts.has(host) || isLoopback(hostname)
  return `${protocol}//${isKnown ? host : '<host>'}${path}${query.length ? `?${query.join('&')}` : ''}`
}

/** Plain words in lower case are the API's own. */
function segment(text: string): string {
  if (/^0x[0-9a-f]{40}(\.json)?$/i.test(text)) return shortAddress(text.slice(0, 42))
  if (/^\w{32,}$/.test(text)) return shorten(text)
  return /^(?:[a-z0-9_-]{0,20}|[a-z_]{1,20}\.json)$/.test(text) ? text : '…'
}

function argument(text: string): string {
  if (/^0x[0-9a-f]{40}$/i.test(text)) return shortAddress(text)
  return /^(?:-?[\d.]{0,20}|(?:POST|STORE|AGGREGATE|FORGET|INSTANCE|PROGRAM|,)+)$/.test(text) ? text : '…'
}

const shorten = (text: string) => (/^0x[0-9a-f]{40}$/i.test(text) ? shortAddress(text) : `${text.slice(0, 8)}…`)

/** A version is a number with up to two dots; whatever else is joined could be a host, a path or the name of a file. */
function redactJoined(text: string): string {
  const host = text.replace(/(?::\d+)+$/, '')
  if (publicHosts.has(host) || isLoopback(host) || ownWords.has(text) || ownFile.test(text)) return text
  return /^v?\d+(?:[./]\d+){1,2}$/.test(text) ? text : '<name>'
}

const escape = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
