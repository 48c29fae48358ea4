// What may stand in a settings file, and what the rest of the code sees of it: a sound value, and one sentence about each
// thing that is wrong. A typing error must neither stop an upload nor change what one publishes.
import { isLoopback } from '../client/http/endpoint.js'
import type { StoreType } from '../client/index.js'
import { assertChannel } from '../client/message/tags.js'
import type { Translate } from '../shared/translate.js'
import { reasonText } from './reason.js'

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

/** What isn't a list of texts stops uploads of folders, as a pattern that isn't valid does: it may name a secret. */
export const checkExclude: Check<readonly string[]> = (value, t) =>
  value === undefined || isTexts(value)
    ? { value }
    : wrong(t("Folders can't be uploaded, because the setting aleph.upload.exclude isn't a list of patterns."))

/** Anything else changes nothing: the built-in patterns apply. */
export const checkDisabledExclusions: Check<readonly string[]> = (value, t) =>
  value === undefined || isTexts(value)
    ? { value }
    : wrong(t("Setting aleph.upload.disabledExclusions is ignored because it isn't a list of patterns."))

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(entry => typeof entry === 'string')

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
