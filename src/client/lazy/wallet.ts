// Loaded at first use: mnemonics (BIP-39, BIP-32) and keystores.
import { HDNodeWallet } from 'ethers/wallet'
import { Mnemonic } from 'ethers/wallet'

export { openKeystore, sealKeystore } from '../keystore.js'

/** The private key at `path` of a mnemonic phrase; throws if a word or the checksum is wrong. */
export function privateKeyOfMnemonic(phrase: string, path: string): string {
  return HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(phrase), path).privateKey
}
