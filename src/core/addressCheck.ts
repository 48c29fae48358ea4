// What is wrong with an address while it's typed: a checksum catches a wrong letter before anything is looked up or kept.
import { invalidChecksum } from '../client/account.js'
import { isAddress } from '../client/shapes.js'
import { isSolanaAddress } from '../client/solana.js'
import type { Translate } from '../shared/translate.js'

/**
 * One sentence, or undefined for a text that can be used. Ethereum's addresses are `0x…` in any case; `chains` says which
 * others are taken. Loads what a checksum needs first, because whoever types isn't made to wait.
 */
export async function addressCheck(
  t: Translate,
  chains: 'ethereum' | 'solana too' | 'any',
): Promise<(text: string) => string | undefined> {
  const isWrong = await invalidChecksum()
  return text => {
    const address = text.trim()
    if (/^0x[0-9a-f]{40}$/i.test(address))
      return isWrong(address)
        ? t('The checksum of this address, which is in its upper and lower case, is wrong. Copy it again.')
        : undefined
    if (chains === 'ethereum' || /^0x/i.test(address)) return t('An address is 0x and 40 hexadecimal digits.')
    if (chains === 'any') return isAddress(address) ? undefined : t('An address has 20 to 128 letters and digits.')
    return isSolanaAddress(address)
      ? undefined
      : t('An address is 0x and 40 hexadecimal digits, or that of a Solana account.')
  }
}
