// A key as people have it: 64 hexadecimal digits or the words of a mnemonic.
import { ETHAccount } from '../client/account.js'
import type { Translate } from '../shared/translate.js'

/** Where wallets put the first account. */
const firstAccountPath = "m/44'/60'/0'/0/0"
const hexKey = /^(0x)?[0-9a-fA-F]{64}$/

/** What is wrong with the text so far, without repeating any of it. */
export function secretProblem(text: string, t: Translate): string | undefined {
  const secret = text.trim()
  const words = secret.split(/\s+/).length
  if (hexKey.test(secret) || words >= 12) return undefined
  return t('A private key has 64 hexadecimal digits, a mnemonic 12 to 24 words.')
}

/** The private key as hex with `0x`. Throws `INVALID_INPUT` that never repeats the input. */
export async function privateKeyOf(secret: string): Promise<string> {
  const text = secret.trim()
  if (hexKey.test(text)) {
    await ETHAccount.fromPrivateKey(text)
    return text.startsWith('0x') ? text : `0x${text}`
  }
  // Only the key of this one account is kept: the words would open all the others too.
  const { privateKeyOfMnemonic } = await import('../client/lazy/wallet.js')
  return privateKeyOfMnemonic(text, firstAccountPath)
}
