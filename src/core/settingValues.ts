// What may stand in a settings file, and what the rest of the code sees of it: a sound value, and one sentence about each
// thing that is wrong. A typing error must neither stop an upload nor change what one publishes.
import { isLoopback } from '../client/http/endpoint.js'
import type { StoreType } from '../client/index.js'
import { assertChannel } from '../client/message/tags.js'
import { safeLabel } from '../shared/safeText.js'
import type { Translate } from '../shared/translate.js'
import { pathFilter } from './glob.js'
import { reasonText } from './reason.js'
import { defaultExclusions } from './upload/defaultExclusions.js'

/** `value` is undefined where the default holds. */
export interface Checked<T> {
  readonly value: T | undefined
  readonly problem?: string
}

type Check<T> = (value: unknown, t: Translate) => Checked<T>

/** Empty means none. */
export const checkChannel: Check<string> = (value, t) => {
  const channel = typeof value === 'string' ? value.trim() : value
  if (channel === undefined || channel === '') return { value: undefined }
  try {
    assertChannel(channel)
    return { value: channel }
  } catch (error) {
    return wrong(t('Setting aleph.channel is ignored: {reason}', { reason: reasonText(error, t) }))
  }
}

export const checkEngine: Check<StoreType> = (value, t) =>
  value === undefined || value === 'ipfs' || value === 'storage'
    ? { value }
    : wrong(t('Setting aleph.upload.engine is ignored: it must be "ipfs" or "storage".'))

/** A word that nobody knows asks rather once too often. */
export const checkConfirm: Check<'first' | 'always'> = (value, t) =>
  value === undefined || value === 'first' || value === 'always'
    ? { value }
    : {
        value: 'always',
        problem: t('Setting aleph.publish.confirm must be "first" or "always"; every publication is asked about.'),
      }

/** A list with something in it that can't be understood stops uploads of folders: it may name what must not be published. */
export const checkExclude: Check<readonly string[]> = (value, t) => {
  if (value === undefined) return { value }
  if (!Array.isArray(value))
    return wrong(t("Folders can't be uploaded, because the setting aleph.upload.exclude isn't a list of patterns."))
  const entries = value as unknown[]
  const isPattern = (entry: unknown): entry is string => typeof entry === 'string' && pathFilter(entry) !== undefined
  const invalid = entries.find(entry => !isPattern(entry))
  if (invalid === undefined) return { value: entries.filter(isPattern) }
  return wrong(
    t("Folders can't be uploaded, because {pattern} in the setting aleph.upload.exclude isn't a valid pattern.", {
      pattern: safeLabel(JSON.stringify(invalid), 100),
    }),
  )
}

/** What isn't known changes nothing: the built-in patterns apply. */
export const checkDisabledExclusions: Check<readonly string[]> = (value, t) => {
  if (value === undefined) return { value }
  const known = new Set<unknown>(defaultExclusions.map(({ pattern }) => pattern))
  const entries = Array.isArray(value) ? (value as unknown[]) : [value]
  const patterns = entries.filter((entry): entry is string => known.has(entry))
  const unknown = entries.find(entry => !known.has(entry))
  if (patterns.length === entries.length) return { value: patterns }
  return {
    value: patterns,
    problem: t(
      "{pattern} in the setting aleph.upload.disabledExclusions is ignored because it isn't a built-in pattern.",
      {
        pattern: safeLabel(JSON.stringify(unknown), 100),
      },
    ),
  }
}

export const checkPreviewSize: Check<number> = (value, t) =>
  value === undefined || (typeof value === 'number' && value >= 1 && value <= 500)
    ? { value }
    : wrong(t('Setting aleph.preview.maxSizeMB is ignored: it must be a number from 1 to 500.'))

/** As nodes, a gateway is reached by https, or by http on this computer. Ends with a slash. */
export const checkGateway: Check<string> = (value, t) => {
  if (value === undefined) return { value }
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
  // An empty query or fragment does not show in a parsed URL.
  if (!url || !isSafe || url.username || url.password || /[?#]/.test(url.href))
    return wrong(t('Setting aleph.gateway is ignored: it must be an https address, or http on this computer.'))
  return { value: url.href.endsWith('/') ? url.href : `${url.href}/` }
}

const wrong = (problem: string) => ({ value: undefined, problem })
