// What a list is narrowed to: criteria as the user wrote them, what is wrong with one, and what is asked of the node.
// Nodes search neither names nor engines: those are compared with rows that were verified, newest first.
import type { MessageFilter } from '../client/index.js'
import { isItemHash } from '../client/message/itemHash.js'
import type { Translate } from '../shared/translate.js'
import type { ListName } from './nodes.js'
import type { FileRow, InvalidRow, PostRow } from './rows.js'

export type Criterion = 'text' | 'tag' | 'channel' | 'since' | 'until' | 'postType' | 'sender' | 'fileHash' | 'engine'

/** Every criterion must hold. */
export type ListFilter = Readonly<Partial<Record<Criterion, string>>>

/** What each list can be narrowed by, in the order in which it is offered. */
export const criteria: Readonly<Record<ListName, readonly Criterion[]>> = {
  files: ['text', 'tag', 'since', 'until', 'engine', 'fileHash', 'channel', 'sender'],
  messages: ['text', 'tag', 'postType', 'since', 'until', 'channel', 'sender'],
  aggregates: ['text'],
}

export const isFiltered = (filter: ListFilter): boolean => Object.values(filter).some(Boolean)

/** True when rows must be looked at one by one, because the node can not choose among them. */
export const looksAtRows = ({ text, engine }: ListFilter): boolean => Boolean(text ?? engine)

const maxCharacters = 256

/** One sentence, or undefined when the text can be used. An empty text takes the criterion away. */
export function criterionProblem(
  criterion: Criterion,
  input: string,
  filter: ListFilter,
  t: Translate,
): string | undefined {
  const value = input.trim()
  if (!value) return undefined
  if ([...value].length > maxCharacters) return t('A filter has {max} characters at most.', { max: maxCharacters })
  switch (criterion) {
    case 'text':
    case 'engine':
      return undefined
    case 'tag':
      return value.includes(',') ? t('A tag that can be searched for has no comma.') : undefined
    case 'channel':
      return value.includes(',') ? t('A channel that can be searched for has no comma.') : undefined
    case 'postType':
      return value.includes(',') ? t('A type that can be searched for has no comma.') : undefined
    case 'sender':
      return /^[0-9A-Za-z-]{20,128}$/.test(value) ? undefined : t('An address has 20 to 128 letters and digits.')
    case 'fileHash':
      return isItemHash(value)
        ? undefined
        : t('A file hash is 64 hexadecimal digits in lower case, or a CID that begins with Qm or bafy.')
    case 'since':
    case 'until': {
      const time = readTime(value)
      if (!time) return t('A date is written as 2026-05-31, with a time as 2026-05-31 14:30.')
      const { since, until }: ListFilter = { ...filter, [criterion]: value }
      return since && until && endOf(until) <= startOf(since) ? t('This time ends before it begins.') : undefined
    }
  }
}

/** The part of the filter that nodes understand. */
export function messageFilter({ tag, channel, since, until, postType, sender, fileHash }: ListFilter): MessageFilter {
  return {
    ...(tag ? { tags: [tag] } : {}),
    ...(channel ? { channels: [channel] } : {}),
    ...(postType ? { contentTypes: [postType] } : {}),
    ...(sender ? { senders: [sender] } : {}),
    ...(fileHash ? { contentHashes: [fileHash] } : {}),
    ...(since ? { since: startOf(since) } : {}),
    ...(until ? { until: endOf(until) } : {}),
  }
}

/** The other part. Rows that are not verified say nothing that could be compared. */
export function matchesRow(row: FileRow | PostRow | InvalidRow, filter: ListFilter): boolean {
  if (!looksAtRows(filter)) return true
  if (row.kind === 'invalid') return false
  const { text, engine } = filter
  if (engine && (row.kind !== 'file' || row.engine !== engine)) return false
  if (!text) return true
  if (row.kind === 'post') return matchesText(row.title ?? '', text)
  const names = row.folder ? [row.name ?? '', `${row.folder.name}/${row.folder.path.join('/')}`] : [row.name ?? '']
  return names.some(name => matchesText(name, text))
}

/** Without regard to case, and however accents are encoded. */
export const matchesText = (value: string, text: string): boolean => plain(value).includes(plain(text))

const plain = (text: string) => text.normalize('NFKC').toLowerCase()

/** `tag nft`: how a criterion reads in a line. */
export function criterionText(criterion: Criterion, value: string, t: Translate): string {
  switch (criterion) {
    case 'text':
      return t('name “{value}”', { value })
    case 'tag':
      return t('tag {value}', { value })
    case 'channel':
      return t('channel {value}', { value })
    case 'postType':
      return t('type {value}', { value })
    case 'sender':
      return t('signed by {value}', { value })
    case 'fileHash':
      return t('file {value}', { value })
    case 'engine':
      return t('engine {value}', { value })
    case 'since':
      return t('from {value}', { value })
    case 'until':
      return t('until {value}', { value })
  }
}

/** The whole filter in one line; empty for none. */
export const filterText = (name: ListName, filter: ListFilter, t: Translate): string =>
  criteria[name]
    .flatMap(criterion => {
      const value = filter[criterion]
      return value ? [criterionText(criterion, value, t)] : []
    })
    .join(' · ')

/** A day, or a minute of it, in this computer's time zone. */
function readTime(text: string): { startMs: number; endMs: number } | undefined {
  const [, year, month, day, , hour, minute] = /^(\d{4})-(\d\d)-(\d\d)([ T](\d\d):(\d\d))?$/.exec(text.trim()) ?? []
  const parts = [year, month, day, hour ?? 0, minute ?? 0].map(Number) as [number, number, number, number, number]
  const [y, m, d, h, min] = parts
  const start = new Date(y, m - 1, d, h, min)
  // `new Date` takes 31 February for 3 March, and 25 o'clock for the next day.
  const isSame = start.getMonth() === m - 1 && start.getDate() === d && h < 24 && min < 60
  if (!year || !isSame || y < 1970) return undefined
  const end = hour === undefined ? new Date(y, m - 1, d + 1) : new Date(start.getTime() + 60_000)
  return { startMs: start.getTime(), endMs: end.getTime() }
}

const startOf = (text: string): number => (readTime(text)?.startMs ?? 0) / 1000

/** The day, or the minute, that is named is part of it. */
const endOf = (text: string): number => (readTime(text)?.endMs ?? 0) / 1000
