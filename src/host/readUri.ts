// URIs of read-only documents.
import { Uri } from 'vscode'
import { addressPath, parseAddress, type ReadAddress } from '../core/readAddress.js'
import { readScheme } from '../shared/ids.js'

export const readUri = (address: ReadAddress): Uri =>
  Uri.from({ scheme: readScheme, authority: address.networkId, path: addressPath(address) })

export const addressOf = (uri: Uri): ReadAddress | undefined => parseAddress(uri.authority, uri.path)
