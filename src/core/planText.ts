// The plan of an upload in words: what, where, as whom, and what it means.
import { safeLabel } from '../shared/safeText.js'
import type { Translate } from '../shared/translate.js'
import { shortAddress } from './accountList.js'
import type { Format } from './format.js'
import { totalBytes, type SkippedEntry, type UploadFiles, type UploadPlan } from './uploadPlan.js'

const shownSkipped = 5

/** The question and its details, one fact per line. */
export function planText(plan: UploadPlan, format: Format, t: Translate): { question: string; detail: string } {
  const lines = [whereText(plan, t), engineText(plan, t)]
  const largest = plan.items.reduce((a, b) => (b.sizeBytes > a.sizeBytes ? b : a))
  if (plan.items.length > 1)
    lines.push(
      t('Largest: {name}, {size}', { name: safeLabel(largest.name, 60), size: format.size(largest.sizeBytes) }),
    )
  if (plan.unsaved.length) lines.push(unsavedText(plan.unsaved, t))
  if (plan.skipped.length) lines.push('', ...skippedText(plan.skipped, format, t))
  lines.push('', publicText(plan, t))
  return { question: question(plan, format, t), detail: lines.join('\n') }
}

/** Said when nothing is left to upload. */
export const nothingText = (
  files: UploadFiles,
  format: Format,
  t: Translate,
): { question: string; detail: string } => ({
  question: t('There is nothing to upload.'),
  detail: skippedText(files.skipped, format, t).join('\n'),
})

/** `site-build` or `12 files`: what a plan is called in progress and toasts. */
export function planName({ items }: UploadFiles, format: Format, t: Translate): string {
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
function onlyFolder(items: UploadPlan['items']): string | undefined {
  const names = new Set(items.map(({ folder }) => folder?.name))
  return names.size === 1 ? [...names][0] : undefined
}

function whereText({ active: { account, network } }: UploadPlan, t: Translate): string {
  const address = shortAddress(account.address)
  if (account.name === address) return t('To {network} as {address}', { network: network.name, address })
  return t('To {network} as {account} ({address})', { network: network.name, account: account.name, address })
}

const engineText = ({ engine }: UploadPlan, t: Translate) =>
  engine === 'ipfs'
    ? t('Engine: ipfs, also readable through IPFS gateways')
    : t('Engine: storage, readable from Aleph Cloud nodes')

const unsavedText = (names: readonly string[], t: Translate) =>
  t('Without unsaved changes: {names}', { names: safeLabel(names.join(', '), 120) })

function skippedText(skipped: readonly SkippedEntry[], format: Format, t: Translate): string[] {
  if (!skipped.length) return []
  const heading =
    skipped.length === 1 ? t('1 skipped:') : t('{count} skipped:', { count: format.number(skipped.length) })
  const lines = skipped
    .slice(0, shownSkipped)
    .map(({ path, reason }) => t('{path}: {reason}', { path: safeLabel(path, 80), reason }))
  const more = skipped.length - shownSkipped
  return [heading, ...lines, ...(more > 0 ? [t('and {count} more', { count: format.number(more) })] : [])]
}

function publicText({ active: { network }, items }: UploadPlan, t: Translate): string {
  if (network.isDevelopment) return t('Public on this development network: whoever reaches the node can read it.')
  return items.length === 1
    ? t('The file becomes public: anyone can read it, and copies can outlive a later “forget”.')
    : t('The files become public: anyone can read them, and copies can outlive a later “forget”.')
}
