// A report about a problem: facts and the last lines of the log, redacted, as Markdown that its author reads, changes and
// sends where they like. Facts are in English, as the log is: whoever helps has to read them.
import type { Translate } from '../shared/translate.js'
import type { LogLine } from './recentLines.js'
import { redact, type KnownTexts } from './redact.js'

export interface ProblemFacts {
  /** Name and value, in order. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly settings: readonly ChangedSetting[]
  readonly lines: readonly LogLine[]
  readonly known: KnownTexts
  /** Takes out every key that is known, whatever else happens. */
  readonly mask: (text: string) => string
}

export interface ChangedSetting {
  readonly name: string
  readonly value: unknown
  /** Values to choose from, which tell nothing of anybody. */
  readonly choices: readonly unknown[]
}

export function problemReport({ facts, settings, lines, known, mask }: ProblemFacts, t: Translate): string {
  // Masked before anything is replaced in the middle of a key, and again as a whole.
  const clean = (text: string) => redact(mask(text), known)
  return mask(
    [
      `# ${t('Problem with Aleph Cloud Storage')}`,
      t('Nothing of this was sent anywhere. Read it, take out what nobody should see, and send it to whoever helps.'),
      `## ${t('What happened, and what did you expect?')}`,
      '',
      `## ${t('Where')}`,
      facts.map(([name, value]) => `- ${name}: ${inline(clean(value))}`).join('\n'),
      `## ${t('Settings that are not the default')}`,
      settings.map(setting => `- ${setting.name}: ${inline(settingText(setting))}`).join('\n') || '–',
      `## ${t('Last lines of the log')}`,
      fenced(lines.map(line => `${time(line.timeMs)} ${line.level} ${clean(line.text)}`).join('\n')),
      '',
    ].join('\n\n'),
  )
}

function settingText({ value, choices }: ChangedSetting): string {
  if (typeof value === 'boolean' || typeof value === 'number' || choices.includes(value)) return String(value)
  if (Array.isArray(value)) return value.length === 1 ? '1 entry' : `${value.length} entries`
  return 'changed'
}

/** One line in which nothing is markup. */
const inline = (text: string) => `\`${text.replace(/[`\s]+/g, ' ').trim() || '–'}\``

/** No line can end the block: back quotes become plain ones. Characters that change the direction of a text go. */
const fenced = (text: string) =>
  `\`\`\`\`text\n${text.replaceAll('`', "'").replace(/[^\P{C}\n\t]|[\u2028\u2029]/gu, ' ')}\n\`\`\`\``

const time = (timeMs: number) => (Number.isFinite(timeMs) ? new Date(timeMs).toISOString() : '')
