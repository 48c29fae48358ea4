// The list of accounts as it lies in a file that all windows share. Names and addresses only: keys are elsewhere.
import { safeLabel } from '../shared/safeText.js'

export interface AccountEntry {
  readonly address: string
  readonly name: string
  /** `key`: its key is in secret storage; `watch`: an address that can only read. */
  readonly kind: 'key' | 'watch'
}

const version = 1

export const writeAccountList = (accounts: readonly AccountEntry[]): string =>
  `${JSON.stringify({ version, accounts }, undefined, 2)}\n`

/**
 * Reads the file. A file of a later version or one that is damaged throws: writing over it would lose what it holds.
 */
export function readAccountList(text: string): AccountEntry[] {
  const file = JSON.parse(text) as { version?: unknown; accounts?: unknown }
  if (file.version !== version || !Array.isArray(file.accounts))
    throw new Error('The list of accounts was written by another version of this extension.')
  return (file.accounts as unknown[]).flatMap(readEntry)
}

function readEntry(value: unknown): AccountEntry[] {
  if (typeof value !== 'object' || value === null) return []
  const { address, name, kind } = value as Record<string, unknown>
  if (typeof address !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(address)) return []
  if (kind !== 'key' && kind !== 'watch') return []
  return [{ address, kind, name: accountName(typeof name === 'string' ? name : '', address) }]
}

/** What a person called the account, else the short address. */
export const accountName = (name: string, address: string): string => safeLabel(name, 40) || shortAddress(address)

export const shortAddress = (address: string): string => `${address.slice(0, 6)}…${address.slice(-4)}`
