// One passphrase, several spellings: keyboards and systems encode the same letters differently, and programs that write
// files normalize what was typed, or don't.

/** The form in which a passphrase is used for what is written. */
export const writtenForm = (passphrase: string): string => passphrase.normalize('NFC')

/** The forms in which somebody may have used a passphrase, likely ones first; most passphrases have only one. */
export const openingForms = (passphrase: string): string[] => [
  ...new Set([passphrase, ...['NFC', 'NFKC', 'NFD', 'NFKD'].map(form => passphrase.normalize(form))]),
]
