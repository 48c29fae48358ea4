// URIs of aggregate documents, and the links by which others can open them in their own editor.
import { Uri } from 'vscode'
import { aggregatePath, parseAggregatePath, type AggregateAddress } from '../core/aggregate/address.js'
import { documentScheme } from '../shared/ids.js'

export const documentUri = (address: AggregateAddress): Uri =>
  Uri.from({ scheme: documentScheme, authority: address.networkId, path: aggregatePath(address) })

export const aggregateOf = (uri: Uri): AggregateAddress | undefined =>
  uri.scheme === documentScheme ? parseAggregatePath(uri.authority, uri.path) : undefined

/** What VS Code hands to this extension when somebody follows it: `vscode://<extension>/<network>/aleph-aggregate/…`. */
export const aggregateLink = (scheme: string, extensionId: string, address: AggregateAddress): Uri =>
  Uri.from({ scheme, authority: extensionId, path: `/${address.networkId}${aggregatePath(address)}` })

export function linkedAggregate({ path }: Uri): AggregateAddress | undefined {
  const [, networkId = '', rest = ''] = /^\/([a-z0-9-]+)(\/.*)$/.exec(path) ?? []
  return parseAggregatePath(networkId, rest)
}
