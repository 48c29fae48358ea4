// Which keys a new aggregate may have.
import type { Translate } from '../../shared/translate.js'

const maxCharacters = 256

/** What is wrong with the key of a new aggregate; undefined if nothing. */
export function keyProblem(key: string, t: Translate): string | undefined {
  if (!key.trim()) return t('Type a key, for example {example}.', { example: 'myapp/users' })
  if (key !== key.trim()) return t('A key has no blanks at its beginning or end.')
  if (key.includes(',')) return t('A key has no comma, because nodes could not look it up.')
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(key)) return t('A key has no control characters or halves of characters.')
  if ([...key].length > maxCharacters) return t('A key has {max} characters at most.', { max: maxCharacters })
  if (key === 'security')
    return t('The key security is reserved: it holds who may act for the owner. Choose another key.')
  if (/^[0-9a-f]{64}$/i.test(key))
    return t('This key looks like an item hash and would be mistaken for one. Choose a name.')
  return undefined
}
