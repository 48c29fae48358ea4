// Every path of the node, in the order in which they are tried (protocol §5).
import { spaced, type Handler } from '../http.js'
import { instanceHeader } from '../../shared/localNodeState.js'
import type { Route } from '../server.js'
import { getAddressFiles, getBalance } from './addresses.js'
import { getAggregates, listAggregates } from './aggregates.js'
import { countPins, getBase64, getByMessageHash, getByRef, getMetadata, getRaw } from './files.js'
import { addCar } from './car.js'
import { getContent, getMessage, getStatus, listHashes, listMessages } from './messages.js'
import { listPostsV0, listPostsV1 } from './posts.js'
import { postMessage } from './publish.js'
import { addIpfsFile, addIpfsJson, addStorageFile, addStorageJson, getLimits } from './uploads.js'

/** The release of the real node that this one answers like. */
const getVersion: Handler = ({ node: { instance } }) => ({
  ...spaced({ version: '0.10.3rc5' }),
  ...(instance === undefined ? {} : { headers: { [instanceHeader]: instance } }),
})

const get = (path: string, handler: Route['handler']): Route => ({ method: 'GET', path, handler })
const post = (path: string, handler: Route['handler']): Route => ({ method: 'POST', path, handler })

export const routes: readonly Route[] = [
  post('/api/v0/messages', postMessage),
  get('/api/v0/messages.json', listMessages),
  get('/api/v0/messages/page/{}.json', listMessages),
  get('/api/v0/messages/hashes', listHashes),
  get('/api/v0/messages/{}', getMessage),
  get('/api/v0/messages/{}/status', getStatus),
  get('/api/v0/messages/{}/content', getContent),

  get('/api/v0/posts.json', listPostsV0),
  get('/api/v0/posts/page/{}.json', listPostsV0),
  get('/api/v1/posts.json', listPostsV1),
  get('/api/v1/posts/page/{}.json', listPostsV1),

  get('/api/v0/aggregates', listAggregates),
  get('/api/v0/aggregates.json', listAggregates),
  get('/api/v0/aggregates/{}.json', getAggregates),

  post('/api/v0/storage/add_file', addStorageFile),
  post('/api/v0/storage/add_json', addStorageJson),
  post('/api/v0/ipfs/add_file', addIpfsFile),
  post('/api/v0/ipfs/add_json', addIpfsJson),
  post('/api/v0/ipfs/add_car', addCar),
  get('/api/v0/storage/limits.json', getLimits),
  get('/api/v0/storage/raw/{}', getRaw),
  get('/api/v0/storage/metadata/{}', getMetadata),
  get('/api/v0/storage/by-message-hash/{}', getByMessageHash),
  get('/api/v0/storage/by-ref/{}', getByRef),
  get('/api/v0/storage/by-ref/{}/{}', getByRef),
  get('/api/v0/storage/count/{}', countPins),
  get('/api/v0/storage/{}', getBase64),

  get('/api/v0/addresses/{}/files', getAddressFiles),
  get('/api/v0/addresses/{}/balance', getBalance),

  get('/version', getVersion),
  get('/api/v0/version', getVersion),
]
