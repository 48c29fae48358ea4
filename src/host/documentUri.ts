// URIs of aggregate documents.
import { Uri } from 'vscode'
import { aggregatePath, parseAggregatePath, type AggregateAddress } from '../core/aggregate/address.js'
import { documentScheme } from '../shared/ids.js'

export const documentUri = (address: AggregateAddress): Uri =>
  Uri.from({ scheme: documentScheme, authority: address.networkId, path: aggregatePath(address) })

export const aggregateOf = (uri: Uri): AggregateAddress | undefined =>
  uri.scheme === documentScheme ? parseAggregatePath(uri.authority, uri.path) : undefined
