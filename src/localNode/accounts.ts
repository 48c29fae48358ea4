// The ten development accounts (protocol §2.6). Their keys are public knowledge: never for anything of value.
import { keyPair } from '../client/lazy/evm.js'

export interface DevelopmentAccount {
  address: string
  privateKey: string
}

/** Key `i` is 24 bytes `ac 00 … 00` and `i` as 8 bytes, big-endian. */
export function developmentAccounts(count = 10): DevelopmentAccount[] {
  return Array.from({ length: count }, (_, i) => {
    const privateKey = `0xac${'00'.repeat(23)}${i.toString(16).padStart(16, '0')}`
    return { address: keyPair(privateKey).address, privateKey }
  })
}
