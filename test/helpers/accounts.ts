import { ETHAccount } from '../../src/client/account.js'

/** The private key of development account `index` (protocol §2.6): 24 bytes `ac 00 … 00`, then the index. */
export const developmentKey = (index: number): string => `0xac${'00'.repeat(23)}${index.toString(16).padStart(16, '0')}`

export const developmentAccount = (index: number): Promise<ETHAccount> =>
  ETHAccount.fromPrivateKey(developmentKey(index))
