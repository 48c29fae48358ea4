// The plan of an upload in words: what, where, as whom, what it costs, and what it means.
import { safeLabel } from '../../shared/safeText.js'
import type { Translate } from '../../shared/translate.js'
import { shortAddress } from '../accountList.js'
import type { Format } from '../format.js'
import { reasonText } from '../reason.js'
import type { Active } from '../session.js'
import {
  totalBytes,
  type PlanCost,
  type PlanNotes,
  type SkippedEntry,
  type UploadFiles,
  type UploadItem,
  type UploadPlan,
} from './plan.js'

const shownSkipped = 5

export interface PlanText {
  question: string
  detail: string
}

/** The question and its details, one fact per line. */
export function planText(plan: UploadPlan, notes: PlanNotes, format: Format, t: Translate): PlanText {
  const lines = [whereText(plan.active, t), engineText(plan, t)]
  if (plan.channel) lines.push(t('Channel: {channel}', { channel: safeLabel(plan.channel, 60) }))
  if (plan.tags.length) lines.push(t('Tags: {tags}', { tags: safeLabel(plan.tags.join(', '), 120) }))
  const largest = plan.items.reduce((a, b) => (b.sizeBytes > a.sizeBytes ? b : a))
  if (plan.items.length > 1)
    lines.push(
      t('Largest: {name}, {size}', { name: safeLabel(largest.name, 60), size: format.size(largest.sizeBytes) }),
    )
  lines.push(
    notes.cost
      ? costText(notes.cost, format, t)
      : t("Couldn't ask the node, so the cost and what's already stored aren't known."),
  )
  if (notes.unsaved.length) lines.push(unsavedText(notes.unsaved, t))
  const refused = refusedText(plan, notes, format, t)
  if (refused) lines.push('', refused)
  const copied = copiesText(plan, notes, format, t)
  if (copied) lines.push('', copied)
  if (plan.skipped.length) lines.push('', ...skippedText(plan.skipped, format, t))
  lines.push('', publicText(plan, t))
  if (!notes.isTrusted) lines.push(t('This workspace is not trusted: its files may not be what they seem.'))
  return { question: question(plan, format, t), detail: lines.join('\n') }
}

/** Said when nothing is left to upload. */
export const nothingText = (files: UploadFiles, format: Format, t: Translate): PlanText => ({
  question: t('There is nothing to upload.'),
  detail: skippedText(files.skipped, format, t).join('\n'),
})

type Named = Pick<UploadItem, 'name' | 'folder'>

/** `site-build` or `12 files`: what a plan is called in progress and toasts. */
export function planName({ items }: { items: readonly Named[] }, format: Format, t: Translate): string {
  const [first] = items
  if (first && items.length === 1) return safeLabel(first.name, 60)
  const folder = onlyFolder(items)
  return folder ? safeLabel(folder, 60) : t('{count} files', { count: format.number(items.length) })
}

function question(plan: UploadPlan, format: Format, t: Translate): string {
  const size = format.size(totalBytes(plan))
  const count = format.number(plan.items.length)
  const folder = onlyFolder(plan.items)
  const [first] = plan.items
  if (folder && plan.items.length === 1)
    return t('Upload {count} file, {size}, from {folder}?', { count, size, folder: safeLabel(folder, 60) })
  if (folder) return t('Upload {count} files, {size}, from {folder}?', { count, size, folder: safeLabel(folder, 60) })
  if (first && plan.items.length === 1) return t('Upload {name}, {size}?', { name: safeLabel(first.name, 80), size })
  return t('Upload {count} files, {size}?', { count, size })
}

/** The folder that holds everything, if there is one. */
function onlyFolder(items: readonly Named[]): string | undefined {
  const names = new Set(items.map(({ folder }) => folder?.name))
  return names.size === 1 ? [...names][0] : undefined
}

/** Where it goes and as whom; on whose behalf, if it is not the account's own storage. */
export function whereText({ account, network }: Active, t: Translate): string {
  const address = shortAddress(account.address)
  const values = { network: network.name, account: account.name, address }
  if (account.owner !== undefined && account.owner !== account.address)
    return t('To {network} as {account} ({address}), for {owner}', { ...values, owner: shortAddress(account.owner) })
  if (account.name === address) return t('To {network} as {address}', values)
  return t('To {network} as {account} ({address})', values)
}

const engineText = ({ engine }: UploadPlan, t: Translate) =>
  engine === 'ipfs'
    ? t('Engine: ipfs, also readable through IPFS gateways')
    : t('Engine: storage, readable from Aleph Cloud nodes')

function costText({ unit, required, available, isEstimate }: PlanCost, format: Format, t: Translate): string {
  if (!required) return t('Cost: none, because files of up to 25 MiB are free until the end of 2026')
  const values = { required: format.number(required), available: format.number(available) }
  if (isEstimate)
    return unit === 'credits'
      ? t(
          'Cost: about {required} credits for the first day (the prices couldn’t be read); the account has {available}',
          values,
        )
      : t(
          'Cost: about {required} ALEPH to hold (the prices couldn’t be read); the account has {available} to spare',
          values,
        )
  if (unit === 'credits')
    return available < required
      ? t('Cost: {required} credits for the first day, but the account has only {available}', values)
      : t('Cost: {required} credits for the first day, of {available}', values)
  return available < required
    ? t('Cost: {required} ALEPH to hold, but the account has only {available} to spare', values)
    : t('Cost: {required} ALEPH to hold, of {available} to spare', values)
}

/** What the network would refuse, before a byte goes out. */
function refusedText({ items }: UploadPlan, { cost }: PlanNotes, format: Format, t: Translate): string | undefined {
  const [first] = cost?.refused ?? []
  if (!cost || !first) return undefined
  const [{ name }, error] = first
  const values = { name: safeLabel(name, 60), reason: reasonText(error, t) }
  if (items.length === 1) return t('{name} can’t be stored: {reason}', values)
  const counts = { count: format.number(cost.refused.size), total: format.number(items.length) }
  return t('{count} of {total} files can’t be stored. {name}: {reason}', { ...values, ...counts })
}

const unsavedText = (names: readonly string[], t: Translate) =>
  t('Without unsaved changes: {names}', { names: safeLabel(names.join(', '), 120) })

/** One file or all of them may be stored already; that is what the buttons are about. */
function copiesText(
  { items }: UploadPlan,
  { copies, isCompared, cost }: PlanNotes,
  format: Format,
  t: Translate,
): string | undefined {
  if (!copies.size)
    return isCompared || !cost ? undefined : t("Not all files could be compared with what's already stored.")
  if (items.length === 1) return t('The same bytes are stored already.')
  if (copies.size === items.length) return t('All of these files are stored already, byte for byte.')
  if (copies.size === 1) return t('1 of them is stored already, byte for byte.')
  return t('{count} of them are stored already, byte for byte.', { count: format.number(copies.size) })
}

function skippedText(skipped: readonly SkippedEntry[], format: Format, t: Translate): string[] {
  if (!skipped.length) return []
  const heading =
    skipped.length === 1 ? t('1 skipped:') : t('{count} skipped:', { count: format.number(skipped.length) })
  const lines = skipped.slice(0, shownSkipped).map(entry => skippedLine(entry, t))
  const more = skipped.length - shownSkipped
  return [heading, ...lines, ...(more > 0 ? [t('and {count} more', { count: format.number(more) })] : [])]
}

const skippedLine = ({ path, reason }: SkippedEntry, t: Translate): string =>
  t('{path}: {reason}', { path: safeLabel(path, 80), reason })

function publicText({ active: { network }, items }: UploadPlan, t: Translate): string {
  if (network.isDevelopment) return t('Public on this development network: whoever reaches the node can read it.')
  return items.length === 1
    ? t('The file becomes public: anyone can read it, and copies can outlive a later “forget”.')
    : t('The files become public: anyone can read them, and copies can outlive a later “forget”.')
}
