// “Options…” of a plan: what can be changed for this upload alone, and what it consists of.
import { assertChannel, assertTags } from '../client/message/tags.js'
import type { Format } from '../core/format.js'
import { itemPath, type SkippedEntry, type UploadFiles, type UploadPlan } from '../core/upload/plan.js'
import { whenSlow } from '../host/progress.js'
import type { PickItem, Prompts } from '../host/prompts.js'
import { t } from '../host/translate.js'
import { safeLabel } from '../shared/safeText.js'
import { includeSecrets } from './secretQuestion.js'

type Option = 'name' | 'engine' | 'channel' | 'tags' | 'files' | 'skipped' | 'include'

/** Until the user goes back to the plan. */
export async function changeOptions(plan: UploadPlan, prompts: Prompts, format: Format): Promise<UploadPlan> {
  const option = await prompts.pick(optionItems(plan, format), {
    title: t('Options of this upload'),
    placeHolder: t('Choose what to change, or Escape to go back to the plan'),
  })
  switch (option) {
    case 'name':
      return changeName(plan, prompts)
    case 'engine':
      return { ...plan, engine: (await pickEngine(prompts)) ?? plan.engine }
    case 'channel':
      return changeChannel(plan, prompts)
    case 'tags':
      return changeTags(plan, prompts)
    case 'files':
      await showLines(
        plan.items.map(item => [itemPath(item), format.size(item.sizeBytes)]),
        t('Files'),
        prompts,
      )
      return plan
    case 'skipped':
      await showLines(
        plan.skipped.map(({ path, reason }) => [path, reason]),
        t('Skipped'),
        prompts,
      )
      return plan
    case 'include':
      return includeSkipped(plan, prompts)
    case undefined:
      return plan
  }
}

function optionItems(plan: UploadPlan, format: Format): PickItem<Option>[] {
  const [first] = plan.items
  const includable = plan.skipped.filter(isIncludable)
  const count = (values: readonly unknown[]) => format.number(values.length)
  return [
    ...(first && plan.items.length === 1
      ? [
          {
            icon: 'edit',
            label: t('Name'),
            description: first.name,
            value: 'name' as const,
          },
        ]
      : []),
    { icon: 'server', label: t('Engine'), description: plan.engine, value: 'engine' },
    {
      icon: 'broadcast',
      label: t('Channel'),
      description: plan.channel ?? t('none'),
      value: 'channel',
    },
    {
      icon: 'tag',
      label: t('Tags'),
      description: plan.tags.join(', ') || t('none'),
      value: 'tags',
    },
    { icon: 'list-unordered', label: t('Show all files'), description: count(plan.items), value: 'files' },
    ...(plan.skipped.length
      ? [
          {
            icon: 'circle-slash',
            label: t('Show what is skipped'),
            description: count(plan.skipped),
            value: 'skipped' as const,
          },
        ]
      : []),
    ...(includable.length
      ? [
          {
            icon: 'add',
            label: t('Include skipped files…'),
            description: count(includable),
            value: 'include' as const,
          },
        ]
      : []),
  ]
}

async function changeName(plan: UploadPlan, prompts: Prompts): Promise<UploadPlan> {
  const [item] = plan.items
  const name = await prompts.input({
    title: t('Name of the file'),
    prompt: t('The name that is published with the file'),
    value: item?.name ?? '',
    validate: text => (safeLabel(text) ? undefined : t('The name is empty.')),
  })
  return item && name !== undefined ? { ...plan, items: [{ ...item, name: name.trim() }] } : plan
}

const pickEngine = (prompts: Prompts) =>
  prompts.pick<UploadPlan['engine']>(
    [
      { label: 'ipfs', description: t('also readable through IPFS gateways'), value: 'ipfs' },
      { label: 'storage', description: t('readable from Aleph Cloud nodes'), value: 'storage' },
    ],
    { title: t('Engine of this upload') },
  )

async function changeChannel(plan: UploadPlan, prompts: Prompts): Promise<UploadPlan> {
  const channel = await prompts.input({
    title: t('Channel of this upload'),
    prompt: t('A label that others can filter by. Empty for none.'),
    value: plan.channel ?? '',
    validate: text => problemOf(() => text.trim() && assertChannel(text.trim())),
  })
  return channel === undefined ? plan : { ...plan, channel: channel.trim() || undefined }
}

async function changeTags(plan: UploadPlan, prompts: Prompts): Promise<UploadPlan> {
  const tags = await prompts.input({
    title: t('Tags of this upload'),
    prompt: t('Separated by commas. Everybody can read them and look for them.'),
    value: plan.tags.join(', '),
    validate: text => problemOf(() => assertTags(tagsOf(text))),
  })
  return tags === undefined ? plan : { ...plan, tags: tagsOf(tags) }
}

const tagsOf = (text: string): string[] =>
  text
    .split(',')
    .map(tag => tag.trim())
    .filter(Boolean)

const problemOf = (check: () => unknown): string | undefined => {
  try {
    check()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

type Includable = SkippedEntry & Required<Pick<SkippedEntry, 'include'>>

const isIncludable = (entry: SkippedEntry): entry is Includable => entry.include !== undefined

/** In this upload alone. What may hold secrets is asked about once more, by its name. */
async function includeSkipped(plan: UploadPlan, prompts: Prompts): Promise<UploadPlan> {
  const items = plan.skipped.filter(isIncludable).map(entry => ({
    label: entry.path,
    description: entry.reason,
    value: entry,
  }))
  const chosen = await prompts.pickMany(items, {
    title: t('Include skipped files'),
    placeHolder: t('Select what to include in this upload'),
    isPicked: false,
  })
  if (!chosen?.length) return plan
  const found = await whenSlow(t('Looking at the files to upload'), signal =>
    Promise.all(chosen.map(async entry => ({ entry, files: await entry.include(signal) }))),
  )
  // A link is left out as a link first, and then as what it leads to.
  const secrets = found.flatMap(({ entry, files }) => {
    const secret = entry.secret ?? stillSkipped(entry, files)?.secret
    return secret === undefined ? [] : [{ entry, secret }]
  })
  const answer = secrets.length
    ? await includeSecrets(
        secrets.map(({ entry, secret }) => ({ name: entry.path, holds: secret })),
        secrets.length < found.length,
        prompts,
      )
    : 'include'
  if (!answer) return plan
  const asked = new Set(secrets.map(({ entry }) => entry))
  const wanted = found.filter(({ entry }) => answer === 'include' || !asked.has(entry))
  const included = await whenSlow(t('Looking at the files to upload'), signal =>
    Promise.all(wanted.map(async ({ entry, files }) => (await stillSkipped(entry, files)?.include?.(signal)) ?? files)),
  )
  const replaced = new Set<SkippedEntry>(wanted.map(({ entry }) => entry))
  return {
    ...plan,
    items: [...plan.items, ...included.flatMap(files => files.items)],
    skipped: [...plan.skipped.filter(entry => !replaced.has(entry)), ...included.flatMap(files => files.skipped)],
  }
}

const stillSkipped = ({ path }: SkippedEntry, { skipped }: UploadFiles): SkippedEntry | undefined =>
  skipped.find(entry => entry.path === path)

/** A list to look through; whatever is chosen leads back. */
async function showLines(lines: readonly [string, string][], title: string, prompts: Prompts): Promise<void> {
  const items = lines.map(([label, description]) => ({
    label,
    description,
    value: undefined,
  }))
  await prompts.pick(items, { title })
}
