// What the features need of the client, and no more, so that tests can stand in for it.
import type { AlephHttpClient } from '../client/index.js'
import type { Network } from './network.js'

type Client = AlephHttpClient

export interface StorageClient {
  readonly messages: Pick<Client['messages'], 'list' | 'get' | 'forget' | 'status'>
  readonly storage: Pick<Client['storage'], 'storeFile' | 'getFile' | 'downloadTo' | 'fileHash' | 'canStore'>
  readonly aggregate: Pick<
    Client['aggregate'],
    'keys' | 'get' | 'history' | 'forgotten' | 'merge' | 'delete' | 'deleteAll'
  >
}

/** One client per network, made at first use. */
export type ClientFor = (network: Network) => StorageClient
