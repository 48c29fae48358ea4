// How code without VS Code says things in the user's language: it gets this function by parameter.

/** Same contract as VS Code's `l10n.t` with named placeholders: `t('Upload {name}?', { name })`. */
export type Translate = (message: string, values?: Record<string, string | number | boolean>) => string

/** The texts as they stand in the code, for tests and for logs. */
export const untranslated: Translate = (message, values = {}) =>
  message.replace(/\{(\w+)\}/g, (placeholder, name: string) => String(values[name] ?? placeholder))
