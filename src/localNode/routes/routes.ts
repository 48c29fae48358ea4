// Every path of the node, in the order in which they are tried (protocol §5).
import { livePath } from '../live/liveServer.js'
import type { Route } from '../server.js'
import { getAddressFiles, getBalance } from './addresses.js'
import { getAddressChannels, getPostTypes, getStatsV0, getStatsV1 } from './addressStats.js'
import { getAggregates, listAggregates } from './aggregates.js'
import { getGranted, getReceived } from './authorizations.js'
import { listBalances, listCreditBalances } from './balances.js'
import { listChannels } from './channels.js'
import { getCosts } from './costs.js'
import { getConsumedCredits, getCreditHistory, getCreditSummary } from './credits.js'
import { countPins, getBase64, getByMessageHash, getByRef, getMetadata, getRaw } from './files.js'
import { addCar } from './car.js'
import { getMetrics, getMetricsJson, getPublicInfo, getVersion, refusePlainRequest } from './info.js'
import { listHashes, listMessages } from './messageLists.js'
import { getContent, getMessage, getStatus } from './messages.js'
import { listPostsV0, listPostsV1 } from './posts.js'
import { estimatePrice, getPrice } from './prices.js'
import { postMessage } from './publish.js'
import { publishOnTopic } from './pubsub.js'
import { addIpfsFile, addIpfsJson, addStorageFile, addStorageJson, getLimits } from './uploads.js'

const get = (path: string, handler: Route['handler']): Route => ({ method: 'GET', path, handler })
const post = (path: string, handler: Route['handler']): Route => ({ method: 'POST', path, handler })

export const routes: readonly Route[] = [
  post('/api/v0/messages', postMessage),
  post('/api/v0/ipfs/pubsub/pub', publishOnTopic),
  post('/api/v0/p2p/pubsub/pub', publishOnTopic),
  get(livePath, refusePlainRequest),
  get('/api/v0/messages.json', listMessages),
  get('/api/v0/messages/page/{}.json', listMessages),
  get('/api/v0/messages/hashes', listHashes),
  get('/api/v0/messages/{}', getMessage),
  get('/api/v0/messages/{}/status', getStatus),
  get('/api/v0/messages/{}/content', getContent),
  get('/api/v0/messages/{}/consumed_credits', getConsumedCredits),

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
  get('/api/v0/addresses/{}/credit_history', getCreditHistory),
  get('/api/v0/addresses/{}/credit_history/summary', getCreditSummary),
  get('/api/v0/addresses/{}/post_types', getPostTypes),
  get('/api/v0/addresses/{}/channels', getAddressChannels),
  get('/api/v0/addresses/stats.json', getStatsV0),
  get('/api/v1/addresses/stats.json', getStatsV1),
  get('/api/v0/authorizations/granted/{}.json', getGranted),
  get('/api/v0/authorizations/received/{}.json', getReceived),
  get('/api/v0/balances', listBalances),
  get('/api/v0/credit_balances', listCreditBalances),
  get('/api/v0/channels/list.json', listChannels),

  get('/api/v0/price/{}', getPrice),
  post('/api/v0/price/estimate', estimatePrice),
  get('/api/v0/costs', getCosts),

  get('/api/v0/info/public.json', getPublicInfo),
  get('/metrics', getMetrics),
  get('/metrics.json', getMetricsJson),
  get('/version', getVersion),
  get('/api/v0/version', getVersion),
]
