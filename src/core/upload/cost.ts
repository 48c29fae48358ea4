// What the files of a plan cost, and whether the account has it (protocol §6.6).
import { uploadCost, type Balance } from '../../client/index.js'
import { ownerOf, type Active } from '../session.js'
import type { StorageClient } from '../storageClient.js'
import type { PlanCost, UploadItem } from './plan.js'

export function planCost(items: readonly UploadItem[], balance: Balance, nowMs: number): PlanCost {
  const { payment, required } = uploadCost(
    items.map(({ sizeBytes }) => sizeBytes),
    nowMs,
  )
  return payment === 'credit'
    ? { unit: 'credits', required, available: balance.creditBalance }
    : { unit: 'ALEPH', required, available: Math.max(0, balance.balance - balance.lockedAmount) }
}

export const balanceOf = (client: StorageClient, { account }: Active, signal: AbortSignal): Promise<Balance> =>
  client.address.balance(ownerOf(account), { signal })
