// What `npm start` publishes on a fresh local node, so that no list is empty at the first look.
import { join } from 'node:path'

/** The first development account: the one that is active in the sample window. */
const developmentKey = `ac${'00'.repeat(31)}`

/** `client` is the client module, `url` the local node's, `workspace` the folder of sample files. */
export async function publish(client, url, workspace) {
  const account = await client.ETHAccount.fromPrivateKey(developmentKey)
  const { storage, aggregate } = new client.AlephHttpClient({ endpoints: url, account, channel: 'sample' })

  await aggregate.create('users', { name: 'John Doe', age: 31, languages: ['en', 'fr'] }, { key: 'john-doe' })
  await aggregate.create('users', { name: 'Kid', age: 9 }, { key: 'kid' })
  await aggregate.create('settings', { name: 'dark', accent: '#5f27cd' }, { key: 'theme' })

  await storage.store('Hello, Aleph Cloud!', { tags: ['example', 'hello-world'] })
  await storage.store(
    { name: 'Cosmic Creature #123', attributes: [{ trait_type: 'Wings', value: 4 }] },
    { tags: ['nft'], metadata: { title: 'Cosmic Creature #123' } },
  )

  await storage.storeFile(join(workspace, 'README.md'), { tags: ['example'] })
  await storage.storeFile(join(workspace, 'lighthouse.png'), { engine: 'storage' })
}
