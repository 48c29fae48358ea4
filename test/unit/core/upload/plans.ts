// Plans and transfers for tests.
import type { Envelope, StoredFile } from '../../../../src/client/index.js'
import { signMessage } from '../../../../src/client/message/envelope.js'
import type { StorageClient } from '../../../../src/core/storageClient.js'
import type { UploadPlan } from '../../../../src/core/upload/plan.js'
import { Transfer, type TransferPorts } from '../../../../src/core/upload/transfer.js'
import { ETHAccount } from '../../../../src/client/index.js'
import { developmentKey } from '../../../helpers/accounts.js'
import { fakeClient, makeSession } from '../fakes.js'

const local = [{ name: 'local', url: 'http://127.0.0.1:4024', development: true }]

export function planOf(sizes: number[], more: Partial<UploadPlan> = {}): UploadPlan {
  const { session } = makeSession(local)
  return {
    items: sizes.map((sizeBytes, index) => ({ name: `${index}.bin`, sizeBytes, source: new Uint8Array(sizeBytes) })),
    skipped: [],
    active: session.active,
    engine: 'ipfs',
    channel: undefined,
    tags: [],
    uploadId: 'id',
    ...more,
  }
}

export const storedFile = (number: number, status: StoredFile['status'] = 'processed'): StoredFile => ({
  item_hash: `h${number}`,
  file_hash: 'f',
  engine: 'ipfs',
  size: 1,
  status,
})

/** A STORE of the account; each is another one. */
export async function signedStore(fileHash = 'ab'.repeat(32)): Promise<Envelope> {
  const account = await signer()
  const time = 1_764_000_000 + ++signedStores
  const content = { address: account.address, time, item_type: 'storage', item_hash: fileHash, metadata: { size: 1 } }
  return (await signMessage(account, { type: 'STORE', content })).envelope
}
let signedStores = 0

export type StoreFile = StorageClient['storage']['storeFile']

export const signer = () => ETHAccount.fromPrivateKey(developmentKey(0))

export const transferOf = (count: number, storeFile: StoreFile, ports: Partial<TransferPorts> = {}): Transfer =>
  new Transfer(planOf(Array.from({ length: count }, () => 10)), {
    client: fakeClient({ storage: { storeFile } }),
    signer,
    slots: act => act(),
    now: () => 0,
    keep: async () => undefined,
    ...ports,
  })
