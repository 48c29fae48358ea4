// What an upload will publish, known before anything is asked or sent: every file with its size, and every one that is
// left out with the reason.
import type { AlephError, FileSource, StoreType } from '../../client/index.js'
import type { Active } from '../session.js'

export interface UploadItem {
  /** Name that is published. */
  readonly name: string
  readonly sizeBytes: number
  readonly source: FileSource
  /** The file it is read from, by which other windows know it; a text that is only on screen has none. */
  readonly key?: string
  /** Where it stands in a folder upload: POSIX, relative to the folder. */
  readonly folder?: { readonly name: string; readonly path: string }
}

export interface SkippedEntry {
  readonly path: string
  readonly reason: string
}

export interface UploadFiles {
  readonly items: readonly UploadItem[]
  readonly skipped: readonly SkippedEntry[]
}

/** Everything that was decided when the user was asked; a change of account, network or settings does not touch it. */
export interface UploadPlan extends UploadFiles {
  readonly active: Active
  readonly engine: StoreType
  readonly channel: string | undefined
  readonly tags: readonly string[]
  /** Tells the folders of this plan apart from those of others. */
  readonly uploadId: string
}

/** What the question says besides the plan itself. */
export interface PlanNotes {
  /** Names of files whose changes on screen are not in what is uploaded. */
  readonly unsaved: readonly string[]
  /** Files whose bytes this owner stores already. */
  readonly copies: ReadonlyMap<UploadItem, StoredCopy>
  /** True when all files were compared with what is stored. */
  readonly isCompared: boolean
  /** Undefined when the node couldn't be asked; then `copies` is empty too. */
  readonly cost: PlanCost | undefined
  readonly isTrusted: boolean
}

export interface PlanCost {
  readonly unit: 'ALEPH' | 'credits'
  /** 0 when nothing has to be held or paid. */
  readonly required: number
  /** What the account has to spare. */
  readonly available: number
  /** True when the network's prices couldn't be read. */
  readonly isEstimate: boolean
  /** Files that can't be stored, each with the reason. */
  readonly refused: ReadonlyMap<UploadItem, AlephError>
}

/** The files of a plan that can be stored, as far as that is known. */
export const storableItems = ({ items }: Pick<UploadFiles, 'items'>, { cost }: Pick<PlanNotes, 'cost'>) =>
  cost ? items.filter(item => !cost.refused.has(item)) : items

export interface StoredCopy {
  readonly itemHash: string
  readonly fileHash: string
}

export const totalBytes = ({ items }: Pick<UploadFiles, 'items'>): number =>
  items.reduce((sum, item) => sum + item.sizeBytes, 0)

/** What every STORE of the plan says of its place. */
export const uploadMetadata = ({ uploadId }: UploadPlan, { folder }: UploadItem): Record<string, unknown> | undefined =>
  folder && { path: folder.path, upload: { id: uploadId, name: folder.name } }

/** How a person finds the file: its place in the folder upload, else its name. */
export const itemPath = ({ name, folder }: Pick<UploadItem, 'name' | 'folder'>): string =>
  folder ? `${folder.name}/${folder.path}` : name
