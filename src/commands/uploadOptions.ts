// “Options…” of a plan: what can be changed for this upload alone, and what it consists of.
import { assertChannel, assertTags } from '../client/message/tags.js'
import type { Format } from '../core/format.js'
import { itemPath, type UploadPlan } from '../core/upload/plan.js'
import type { PickItem, Prompts } from '../host/prompts.js'
import { t } from '../host/translate.js'
import { safeLabel } from '../shared/safeText.js'

type Option = 'name' | 'engine' | 'channel' | 'tags' | 'files' | 'skipped'

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
    case undefined:
      return plan
  }
}

function optionItems(plan: UploadPlan, format: Format): PickItem<Option>[] {
  const [first] = plan.items
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

/** A list to look through; whatever is chosen leads back. */
async function showLines(lines: readonly [string, string][], title: string, prompts: Prompts): Promise<void> {
  const items = lines.map(([label, description]) => ({
    label,
    description,
    value: undefined,
  }))
  await prompts.pick(items, { title })
}
