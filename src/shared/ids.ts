// Every name that the manifest and the code must spell alike. A test compares this map with package.json.

export const commands = {
  accountBackUp: 'aleph.account.backUp',
  accountCheckPermission: 'aleph.account.checkPermission',
  accountCopyAddress: 'aleph.account.copyAddress',
  accountCreate: 'aleph.account.create',
  accountCreateDelegate: 'aleph.account.createDelegate',
  accountImport: 'aleph.account.import',
  accountRemove: 'aleph.account.remove',
  accountRename: 'aleph.account.rename',
  accountSwitch: 'aleph.account.switch',
  accountWatch: 'aleph.account.watch',
  aggregateAddEntry: 'aleph.aggregate.addEntry',
  aggregateCompare: 'aleph.aggregate.compare',
  aggregateCopyLink: 'aleph.aggregate.copyLink',
  aggregateCreate: 'aleph.aggregate.create',
  aggregateDelete: 'aleph.aggregate.delete',
  aggregateFormat: 'aleph.aggregate.format',
  aggregateOpen: 'aleph.aggregate.open',
  aggregatePublish: 'aleph.aggregate.publish',
  aggregateRefresh: 'aleph.aggregate.refresh',
  aggregateRemoveEntry: 'aleph.aggregate.removeEntry',
  aggregateReopen: 'aleph.aggregate.reopen',
  aggregateRenameEntry: 'aleph.aggregate.renameEntry',
  aggregateSortKeys: 'aleph.aggregate.sortKeys',
  aggregateToggleHistory: 'aleph.aggregate.toggleHistory',
  aggregatesClearFilter: 'aleph.aggregates.clearFilter',
  aggregatesClick: 'aleph.aggregates.click',
  aggregatesEnter: 'aleph.aggregates.enter',
  aggregatesFilter: 'aleph.aggregates.filter',
  aggregatesRefresh: 'aleph.aggregates.refresh',
  aggregatesRefreshOne: 'aleph.aggregates.refreshOne',
  filesClearFilter: 'aleph.files.clearFilter',
  filesCopyFileHash: 'aleph.files.copyFileHash',
  filesCopyIpfsAddress: 'aleph.files.copyIpfsAddress',
  filesCopyItemHash: 'aleph.files.copyItemHash',
  filesCopyLink: 'aleph.files.copyLink',
  filesCopyMarkdown: 'aleph.files.copyMarkdown',
  filesDownload: 'aleph.files.download',
  filesFilter: 'aleph.files.filter',
  filesForget: 'aleph.files.forget',
  filesLoadAll: 'aleph.files.loadAll',
  filesOpenFile: 'aleph.files.openFile',
  filesRefresh: 'aleph.files.refresh',
  filesShowMessage: 'aleph.files.showMessage',
  filesUpload: 'aleph.files.upload',
  filesUploadActive: 'aleph.files.uploadActive',
  filesUploadFolder: 'aleph.files.uploadFolder',
  filesUploadPick: 'aleph.files.uploadPick',
  filesUploadSelection: 'aleph.files.uploadSelection',
  listLoadMore: 'aleph.list.loadMore',
  listRetry: 'aleph.list.retry',
  listStopLoading: 'aleph.list.stopLoading',
  localNodeShowLog: 'aleph.localNode.showLog',
  localNodeStart: 'aleph.localNode.start',
  localNodeStop: 'aleph.localNode.stop',
  logShow: 'aleph.log.show',
  messagesClearFilter: 'aleph.messages.clearFilter',
  messagesCopyItemHash: 'aleph.messages.copyItemHash',
  messagesCopyLink: 'aleph.messages.copyLink',
  messagesFilter: 'aleph.messages.filter',
  messagesForget: 'aleph.messages.forget',
  messagesLoadAll: 'aleph.messages.loadAll',
  messagesOpenMessage: 'aleph.messages.openMessage',
  messagesRefresh: 'aleph.messages.refresh',
  networkSwitch: 'aleph.network.switch',
  problemReport: 'aleph.problem.report',
  revisionCompare: 'aleph.revision.compare',
  revisionComparePrevious: 'aleph.revision.comparePrevious',
  revisionCompareTwo: 'aleph.revision.compareTwo',
  revisionCopyItemHash: 'aleph.revision.copyItemHash',
  revisionForget: 'aleph.revision.forget',
  revisionRestore: 'aleph.revision.restore',
  revisionRestoreEntry: 'aleph.revision.restoreEntry',
  revisionShow: 'aleph.revision.show',
  sessionShow: 'aleph.session.show',
  transfersCancel: 'aleph.transfers.cancel',
  transfersClear: 'aleph.transfers.clear',
  transfersDismiss: 'aleph.transfers.dismiss',
  transfersResume: 'aleph.transfers.resume',
  transfersRetry: 'aleph.transfers.retry',
} as const
export type CommandId = (typeof commands)[keyof typeof commands]

export const views = {
  files: 'aleph.files',
  messages: 'aleph.messages',
  aggregates: 'aleph.aggregates',
  transfers: 'aleph.transfers',
} as const
export type ViewId = (typeof views)[keyof typeof views]

export const contextKeys = {
  /** True once the accounts were read, so that the first-run doors do not flash by. */
  isReady: 'aleph.isReady',
  hasAccount: 'aleph.hasAccount',
  /** False for an address that is only watched. */
  canPublish: 'aleph.canPublish',
  filesEmpty: 'aleph.files.isEmpty',
  messagesEmpty: 'aleph.messages.isEmpty',
  aggregatesEmpty: 'aleph.aggregates.isEmpty',
  /** Something is uploaded, or was left undone. */
  hasTransfers: 'aleph.hasTransfers',
  filesFiltered: 'aleph.files.isFiltered',
  messagesFiltered: 'aleph.messages.isFiltered',
  aggregatesFiltered: 'aleph.aggregates.isFiltered',
  /** There is an account, and no answer about it yet. */
  filesLoading: 'aleph.files.isLoading',
  messagesLoading: 'aleph.messages.isLoading',
  aggregatesLoading: 'aleph.aggregates.isLoading',
  /** “Load All” is under way. */
  filesLoadingAll: 'aleph.files.isLoadingAll',
  messagesLoadingAll: 'aleph.messages.isLoadingAll',
} as const
export type ContextKey = (typeof contextKeys)[keyof typeof contextKeys]

export const settingsSection = 'aleph'
export const settingNames = {
  networks: 'networks',
  channel: 'channel',
  gateway: 'gateway',
  uploadEngine: 'upload.engine',
  uploadExclude: 'upload.exclude',
  publishConfirm: 'publish.confirm',
  previewMaxSize: 'preview.maxSizeMB',
} as const

/** Read-only documents: immutable things of the network, verified before they are shown. */
export const readScheme = 'aleph-read'
/** Documents that can be edited and published. */
export const documentScheme = 'aleph'

export const secretKey = (address: string): string => `aleph.account.${address}`
/** Language of the documents, so that their settings are theirs. */
export const documentLanguage = 'aleph-aggregate'
/** The custom editor of the documents. */
export const editorViewType = 'aleph.aggregate'
