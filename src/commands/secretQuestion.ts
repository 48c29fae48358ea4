// Before something that often holds secrets goes into a plan, it is asked about by its name.
import type { Prompts } from '../host/prompts.js'
import { t } from '../host/translate.js'
import { safeLabel } from '../shared/safeText.js'

export interface Secret {
  /** As the user knows it. */
  readonly name: string
  readonly holds: string
}

const maxNamed = 10

/** One question for all of them; undefined when it was cancelled. */
export async function includeSecrets(
  secrets: readonly Secret[],
  hasOthers: boolean,
  prompts: Prompts,
): Promise<'include' | 'leaveOut' | undefined> {
  const [first] = secrets
  const name = safeLabel(first?.name ?? '', 80)
  const more = secrets.length - maxNamed
  const include = t('Include')
  const leaveOut = t('Leave Out')
  const chosen = await prompts.choose({
    message:
      secrets.length === 1
        ? t('{name} may hold secrets. Include it in the upload?', { name })
        : t('{count} of the selected files and folders may hold secrets. Include them in the upload?', {
            count: secrets.length,
          }),
    detail: [
      ...secrets
        .slice(0, maxNamed)
        .map(secret => t('{path}: {reason}', { path: safeLabel(secret.name, 80), reason: secret.holds })),
      ...(more > 0 ? [t('and {count} more', { count: more })] : []),
      '',
      t("Uploads are public, and what others copied can't be taken back."),
    ].join('\n'),
    // The first button is what Enter presses.
    actions: hasOthers ? [leaveOut, include] : [include],
  })
  return chosen === include ? 'include' : chosen === leaveOut ? 'leaveOut' : undefined
}
