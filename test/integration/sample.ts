// One thing of every kind that an account can have.
import type { AlephHttpClient } from '../../src/client/index.js'

export async function publishSample({ storage, aggregate }: AlephHttpClient): Promise<void> {
  await storage.storeFile(new TextEncoder().encode('of the sample'), { filename: 'sample.txt', engine: 'storage' })
  await storage.store('A sample message', { tags: ['sample'] })
  await aggregate.create('sample', { name: 'Sample' }, { key: 'entry' })
}
