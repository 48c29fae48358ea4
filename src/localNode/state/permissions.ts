// May this sender act for that owner? The owner's `security` aggregate says so (protocol §3.6).
import { isObject } from '../validate.js'
import type { Aggregates } from './aggregates.js'

/** What restrictions look at: of the message to be written, or of the one to be forgotten or amended. */
export interface Act {
  type: string
  chain: string
  channel: string | null
  contentType: string | null
  contentKey: string | null
}

/** An absent or empty restriction allows everything. */
function allows(restriction: unknown, value: string | null): boolean {
  if (!Array.isArray(restriction) || restriction.length === 0) return true
  return value !== null && restriction.includes(value)
}

/** Addresses are compared without regard to case here, and only here. */
export function mayActFor(aggregates: Aggregates, sender: string, owner: string, act: Act): boolean {
  if (sender.toLowerCase() === owner.toLowerCase()) return true
  const authorizations = aggregates.get(owner, 'security')?.content.get('authorizations')
  if (!Array.isArray(authorizations)) return false
  return authorizations.some((entry: unknown) => {
    if (!isObject(entry) || String(entry['address'] ?? '').toLowerCase() !== sender.toLowerCase()) return false
    return (
      (!entry['chain'] || entry['chain'] === act.chain) &&
      allows(entry['channels'], act.channel) &&
      allows(entry['types'], act.type) &&
      (act.type !== 'POST' || allows(entry['post_types'], act.contentType)) &&
      (act.type !== 'AGGREGATE' || allows(entry['aggregate_keys'], act.contentKey))
    )
  })
}
