// What the files of a plan cost, and which of them the network would refuse (protocol §6.6).
import { ownerOf, type Active } from '../session.js'
import type { StorageClient } from '../storageClient.js'
import type { PlanCost, UploadPlan } from './plan.js'

/** Throws the errors of the network. */
export async function planCost(
  client: StorageClient,
  { active, items, engine }: Pick<UploadPlan, 'items' | 'engine'> & { active: Active },
  signal: AbortSignal,
): Promise<PlanCost> {
  const sizes = items.map(({ sizeBytes }) => sizeBytes)
  const options = { owner: ownerOf(active.account), engine, signal }
  const { unit, required, available, prices, refusals } = await client.storage.canStore(sizes, options)
  const refused = new Map(
    items.flatMap((item, index) => {
      const refusal = refusals[index]
      return refusal ? [[item, refusal]] : []
    }),
  )
  return { unit, required, available, isEstimate: prices === 'built-in', refused }
}
