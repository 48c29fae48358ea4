// Loaded at first use: mnemonics (BIP-39, BIP-32) and keystores.
import { HDNodeWallet } from 'ethers/wallet'
import { Mnemonic } from 'ethers/wallet'
import { invalidInput } from '../errors.js'

export { openKeystore, sealKeystore } from '../keystore.js'

/** 24 words of eight letters, in any width and spacing. */
const maxPhraseLength = 1000

/**
 * The private key at `path` of a mnemonic phrase, in whatever case, spacing and Unicode form it was typed. Throws
 * `INVALID_INPUT` that never repeats the words.
 */
export function privateKeyOfMnemonic(phrase: string, path: string): string {
  const isShort = phrase.length <= maxPhraseLength
  const words = isShort ? phrase.normalize('NFKD').trim().toLowerCase().split(/\s+/) : []
  try {
    return HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(words.join(' ')), path).privateKey
  } catch {
    // The library's own error is about the words.
    throw invalidInput(
      isShort
        ? `This isn't a valid mnemonic: its ${words.length} words must be from the English list, 12 to 24 in number, and in the order they were given.`
        : "This isn't a valid mnemonic: it is too long for 24 words.",
    )
  }
}
