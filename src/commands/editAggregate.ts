// What the editor of aggregates does to its text, as commands: format, sort, entries.
import {
  addEntry,
  formatDocument,
  removeEntry,
  renameEntry,
  sortKeys,
  type TextEdit,
} from '../core/aggregate/text/edits.js'
import { Failure, orFail } from '../host/failure.js'
import type { OpenAggregate, OpenAggregates } from '../host/openAggregate.js'
import { nameLabel, type Prompts } from '../host/prompts.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import { safeLabel } from '../shared/safeText.js'
import type { Handlers } from './handlers.js'

export interface EditServices {
  open: OpenAggregates
  prompts: Prompts
}

export function editCommands({ open, prompts }: EditServices): Handlers {
  async function edited(
    argument: unknown,
    edits: (text: string, open: OpenAggregate) => Promise<TextEdit[]> | TextEdit[],
  ) {
    const found = openAt(open, argument)
    await found.flush()
    refuseReadOnly(found)
    const made = await orFail(t('The text stays as it is'), async () => edits(found.text.getText(), found))
    if (!(await found.edit(made))) throw new Failure(t('The text changed meanwhile. Try again.'))
  }

  async function pickEntry(found: OpenAggregate, given: unknown, title: string): Promise<string | undefined> {
    const names = [...(found.read().entries?.keys() ?? [])]
    if (typeof given === 'string' && names.includes(given)) return given
    if (!names.length) throw new Failure(t('There is no entry.'))
    return prompts.pick(
      names.map(name => ({ label: nameLabel(name), value: name })),
      { title },
    )
  }

  const askName = (found: OpenAggregate, title: string, value: string) => {
    const taken = found.read().entries
    return prompts.input({
      title,
      prompt: t('Name of the entry, such as john-doe'),
      value,
      validate: name =>
        name === ''
          ? t('The name is empty.')
          : name !== value && taken?.has(name)
            ? t('There is an entry of this name.')
            : name === 'tags'
              ? t('“tags” is reserved: nodes take a list of texts there and nothing else.')
              : undefined,
    })
  }

  return {
    [commands.aggregateFormat]: uri => edited(uri, formatDocument),
    [commands.aggregateSortKeys]: uri => edited(uri, sortKeys),
    [commands.aggregateAddEntry]: uri =>
      edited(uri, async (text, found) => {
        const name = await askName(found, t('Add an entry'), '')
        return name === undefined ? [] : addEntry(text, name, '{}')
      }),
    [commands.aggregateRenameEntry]: (uri, entry) =>
      edited(uri, async (text, found) => {
        const name = await pickEntry(found, entry, t('Choose the entry to rename'))
        const renamed = name === undefined ? undefined : await askName(found, t('Rename the entry'), name)
        return name === undefined || renamed === undefined || renamed === name ? [] : renameEntry(text, name, renamed)
      }),
    [commands.aggregateRemoveEntry]: (uri, entry) =>
      edited(uri, async (text, found) => {
        const name = await pickEntry(found, entry, t('Choose the entry to remove'))
        return name === undefined ? [] : removeEntry(text, name)
      }),
    [commands.aggregateToggleHistory]: uri => openAt(open, uri).show('toggleHistory'),
    [commands.aggregateRefresh]: async uri => {
      const { document } = openAt(open, uri)
      await orFail(t('Could not refresh {name}', { name: safeLabel(document.address.key, 60) }), () =>
        document.refresh(),
      )
    },
  }
}

/** The document of the gesture, else the one in front. */
export function openAt(open: OpenAggregates, argument: unknown): OpenAggregate {
  const found = open.find(argument)
  if (!found) throw new Failure(t('There is no aggregate in front.'))
  return found
}

export function refuseReadOnly({ document, refusal }: OpenAggregate): void {
  const reason = document.publisher.refusal ?? refusal?.reason
  if (reason) throw new Failure(reason)
}
