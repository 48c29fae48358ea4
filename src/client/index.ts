// The public surface of the client module.
export { AddressAccount, checksumAddress, ETHAccount, type Account } from './account.js'
export type { AddressFile, Balance, BalanceOptions } from './address.js'
export type { AggregateElement } from './aggregate/element.js'
export type { ForgottenElement } from './aggregate/forgotten.js'
export type { AggregateHistory, AggregateState, HistoryOptions, HistoryPage, HistoryRow } from './aggregate/history.js'
export type { AggregateKey } from './aggregate/merged.js'
export type { AggregateOptions, EntryReadOptions, KeysOptions } from './aggregate/read.js'
export type { DeleteAllResult, DeleteOptions, DeleteResult } from './aggregate/remove.js'
export { compareMerge, documentOf, replay, type Replayed, type ReplayedEntry } from './aggregate/replay.js'
export type { EntryOptions, MergeOptions, MergeResult, WriteResult } from './aggregate/write.js'
export type { BatchFunction, BatchItem, BatchOptions, BatchResult, BatchValue } from './batch.js'
export type { AddressApi } from './calls/address.js'
export type { AggregateApi } from './calls/aggregate.js'
export type { EthereumApi } from './calls/ethereum.js'
export type { IpfsApi } from './calls/ipfs.js'
export type { MessagesApi } from './calls/messages.js'
export type { StorageApi } from './calls/storage.js'
export { AlephHttpClient, type AlephOptions } from './client.js'
export type { CallOptions, WriteOptions } from './context.js'
export type { Cost, CostOptions } from './cost.js'
export type { CostsOptions, CreditMovement, CreditPart, Credits, RunningCosts } from './credits.js'
export type { DecryptWith, EncryptFor, Recipient } from './encryption/types.js'
export { AlephError, isAlephError, type ErrorCode, type ErrorResponse } from './errors.js'
export type { ForgottenFile } from './file/forgetFile.js'
export type { DownloadOptions, FileInfo, FileInfoOptions, GetFileOptions } from './file/getFile.js'
export type { FileHashOptions } from './file/hasher.js'
export type { Manifest } from './file/manifest.js'
export type { UploadRecord } from './file/resume.js'
export type { StoredFile, StoreFileOptions, StoreProgress } from './file/storeFile.js'
export type { PaymentUnit, PriceSource } from './file/prices.js'
export type { CanStore, CanStoreOptions } from './file/canStore.js'
export type { ConnectedAccount } from './ethereum.js'
export type { Clock } from './http/clock.js'
export { defaultEndpoints, defaultGateways } from './http/endpoint.js'
export type {
  FetchFunction,
  HttpEvent,
  UploadAnswer,
  UploadFunction,
  UploadPart,
  UploadRequest,
  WebSocketConstructor,
  WebSocketLike,
} from './http/transport.js'
export type { AddedFolder, AddFolderOptions, FolderProgress } from './ipfs/addFolder.js'
export type { FolderEntry, FolderSource } from './ipfs/folderEntries.js'
export type { GatewayUrlOptions } from './ipfs/gatewayUrl.js'
export type { IpfsDownloadOptions, IpfsGetOptions } from './ipfs/get.js'
export type { IpfsHashOptions } from './ipfs/ipfsHash.js'
export type { PinOptions, PinResult } from './ipfs/pin.js'
export type { Authority } from './message/authority.js'
export type { AmendOptions } from './message/amend.js'
export { openEnvelope } from './message/fate.js'
export type { ForgetOptions } from './message/forget.js'
export { JsonText } from './message/jsonText.js'
export type { ListOptions, MessageFilter, MessageList, MessageRow } from './message/list.js'
export type { Message, RowOf } from './message/message.js'
export type { PublishResult, ResendOptions } from './message/publish.js'
export { ItemType, StoreType } from './message/types.js'
export type {
  AggregateContent,
  BaseContent,
  Content,
  Envelope,
  ForgetContent,
  MessageStatus,
  MessageType,
  Payment,
  PostContent,
  StoreContent,
} from './message/types.js'
export type { WatchFilter, WatchOptions, WatchState } from './message/watcher.js'
export { namespaced } from './namespaced.js'
export type { FileSource, StreamSource } from './node/source.js'
export type { AggregateQueryOptions, QueriedDocument } from './query/aggregateQuery.js'
export type { QueryResult, ScanFacts } from './query/scan.js'
export type { StorageQuery, StorageQueryOptions, StorageScan, UnreadableRow } from './query/storageQuery.js'
export { SOLAccount } from './solana.js'
export { storagePostType, type GetOptions, type StoredValue, type StoreOptions } from './storage.js'
export type { Eip1193Provider, WalletAccount, WalletChange } from './walletAccount.js'
