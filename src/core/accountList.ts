// The list of accounts as it lies in a file that all windows share. Names and addresses only: keys are elsewhere.
import { safeLabel } from '../shared/safeText.js'

export interface AccountEntry {
  readonly address: string
  readonly name: string
  /** `key`: its key is in secret storage; `watch`: an address that can only read. */
  readonly kind: 'key' | 'watch'
  /** Whose storage it works on, when that is somebody else's who allowed it in their `security` aggregate. */
  readonly owner?: string
  /** Its key is in the memory of this window and nowhere else; such an account is in no file. */
  readonly isSessionOnly?: true
}

/** The list of an account with an owner is of version 2, so that no code that would lose the owner writes over it. */
const versions: readonly unknown[] = [1, 2]

export function writeAccountList(accounts: readonly AccountEntry[]): string {
  const listed = accounts
    .filter(({ isSessionOnly }) => !isSessionOnly)
    .map(({ address, name, kind, owner }) => ({ address, name, kind, ...(owner ? { owner } : {}) }))
  const version = listed.some(({ owner }) => owner) ? 2 : 1
  return `${JSON.stringify({ version, accounts: listed }, undefined, 2)}\n`
}

/**
 * Reads the file. A file of a later version or one that is damaged throws: writing over it would lose what it holds.
 */
export function readAccountList(text: string): AccountEntry[] {
  const file = JSON.parse(text) as { version?: unknown; accounts?: unknown }
  if (!versions.includes(file.version) || !Array.isArray(file.accounts))
    throw new Error('The list of accounts was written by another version of this extension.')
  return (file.accounts as unknown[]).flatMap(readEntry)
}

function readEntry(value: unknown): AccountEntry[] {
  if (typeof value !== 'object' || value === null) return []
  const { address, name, kind, owner } = value as Record<string, unknown>
  if (!isAddress(address)) return []
  if (kind !== 'key' && kind !== 'watch') return []
  // An owner that makes no sense: acting for oneself instead would publish in the wrong place.
  if (owner !== undefined && !isAddress(owner)) return []
  const named: AccountEntry = { address, kind, name: accountName(typeof name === 'string' ? name : '', address) }
  return [owner === undefined ? named : { ...named, owner }]
}

const isAddress = (value: unknown): value is string => typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)

/** What a person called the account, else the short address. */
export const accountName = (name: string, address: string): string => safeLabel(name, 40) || shortAddress(address)

export const shortAddress = (address: string): string => `${address.slice(0, 6)}…${address.slice(-4)}`
