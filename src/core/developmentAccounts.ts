// The ten funded accounts of every local node. Their keys are public knowledge, so they are never stored and never
// used on another network.
import type { Account } from '../client/account.js'
import { ETHAccount } from '../client/account.js'

const addresses = [
  '0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3',
  '0xB6948F76f701B4C338bAbA0DF44efe2584a0517C',
  '0xB419099ededAA239298223162A52401a36ac4895',
  '0x3D39a220214b7f907845BC2e9670602b21A9dFf9',
  '0xfe08E0B0ea9E7A77C1813FF20b8dCBaEA3515DBD',
  '0xdD2f4e8559dC7F3938207bE4dd9e1240A1feC07b',
  '0xC0DBA822592bF555BeBA9f86eeF763809B78c013',
  '0x4A1622efaEcd99d12653F270e910c97D9F5347b3',
  '0x3BC7eF370dA7afaeF3cCc029c2Afa0F63ED2F577',
  '0xAfaCeB8efeD56ED9fAf8C575021E7871cEEcdA5F',
] as const

export const developmentAddresses: readonly string[] = addresses

export const isDevelopmentAddress = (address: string): boolean => developmentAddresses.includes(address)

/** Key `i` is 24 bytes `ac 00 … 00` and then `i` as eight bytes, big-endian (protocol §2.6). */
export function developmentSigner(address: string): Promise<Account> {
  const index = developmentAddresses.indexOf(address)
  if (index < 0) throw new Error('not a development account')
  return ETHAccount.fromPrivateKey(`ac${'00'.repeat(23)}${index.toString(16).padStart(16, '0')}`)
}
