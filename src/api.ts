// What `activate` returns to other extensions: read-only facts of this window, versioned. Never anything that signs.
import type { Event } from 'vscode'

export interface AlephStorageApi {
  /** Grows when something is taken away or changes its meaning. */
  readonly version: 1
  /** The active account and network of this window. */
  readonly active: { readonly network: ActiveNetwork; readonly account: ActiveAccount | undefined }
  readonly onDidChangeActive: Event<void>
}

export interface ActiveNetwork {
  readonly name: string
  /** Base URLs of its nodes; empty for the client's own choice of public ones. */
  readonly endpoints: readonly string[]
  readonly isDevelopment: boolean
}

export interface ActiveAccount {
  readonly address: string
  readonly name: string
  readonly canPublish: boolean
}
