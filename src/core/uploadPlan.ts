// What an upload will publish, known before anything is asked or sent: every file with its size, and every one that is
// left out with the reason.
import { throwIfAborted } from '../client/errors.js'
import type { FileSource, StoreType } from '../client/index.js'
import type { Translate } from '../shared/translate.js'
import type { PathFilter } from './glob.js'
import type { Active } from './session.js'

export interface UploadItem {
  /** Name that is published. */
  readonly name: string
  readonly sizeBytes: number
  readonly source: FileSource
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
  /** Names of files whose changes on screen are not in what is uploaded. */
  readonly unsaved: readonly string[]
  /** Tells the folders of this plan apart from those of others. */
  readonly uploadId: string
}

/** Access to files wherever they are: on disk, remote, or in a virtual workspace. */
export interface FileAccess<F> {
  stat(file: F): Promise<{ kind: 'file' | 'folder' | 'other'; sizeBytes: number }>
  list(folder: F): Promise<{ name: string; file: F; isLink: boolean }[]>
  name(file: F): string
  /** Identity, such that the key of a file inside a folder begins with that of the folder and a slash. */
  key(file: F): string
  source(file: F, sizeBytes: number): FileSource
}

export interface CollectOptions<F> {
  access: FileAccess<F>
  /** Holds for what is found inside folders; what was selected itself was meant. */
  isExcluded: PathFilter
  signal: AbortSignal
  t: Translate
}

/** Walks through what was selected. Unreadable entries are named and left out; only a cancel throws. */
export async function collectFiles<F>(selected: readonly F[], options: CollectOptions<F>): Promise<UploadFiles> {
  const { access, t } = options
  const items: UploadItem[] = []
  const skipped: SkippedEntry[] = []
  const folderNames = new Set<string>()

  const add = async (file: F, path: string, folder: UploadItem['folder'], isLink: boolean): Promise<void> => {
    throwIfAborted(options.signal)
    try {
      const { kind, sizeBytes } = await access.stat(file)
      if (kind === 'file')
        items.push({
          name: access.name(file),
          sizeBytes,
          source: access.source(file, sizeBytes),
          ...(folder ? { folder } : {}),
        })
      else if (kind === 'other') skipped.push({ path, reason: t('not a file') })
      // A link to a folder can lead back to where it stands.
      else if (isLink) skipped.push({ path, reason: t('link to a folder') })
      else await addFolder(file, path, folder)
    } catch (error) {
      throwIfAborted(options.signal)
      skipped.push({ path, reason: unreadable(error, t) })
    }
  }

  const addFolder = async (file: F, path: string, folder: UploadItem['folder']): Promise<void> => {
    const entries = await access.list(file)
    const name = folder?.name ?? unusedName(access.name(file), folderNames)
    const before = folder ? `${folder.path}/` : ''
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = before + entry.name
      const shown = `${path}/${entry.name}`
      if (options.isExcluded(inner))
        skipped.push({ path: shown, reason: t('excluded by the setting aleph.upload.exclude') })
      else await add(entry.file, shown, { name, path: inner }, entry.isLink)
    }
  }

  for (const file of withoutChildren(selected, access)) await add(file, access.name(file), undefined, false)
  return { items, skipped }
}

/** Each thing once, and nothing whose folder is selected too. */
export function withoutChildren<F>(selected: readonly F[], access: Pick<FileAccess<F>, 'key'>): F[] {
  const byKey = new Map(selected.map(file => [access.key(file), file]))
  return [...byKey].flatMap(([key, file]) => {
    const parts = key.split('/')
    const hasParent = parts.some((_, length) => length > 0 && byKey.has(parts.slice(0, length).join('/')))
    return hasParent ? [] : [file]
  })
}

export const totalBytes = ({ items }: UploadFiles): number => items.reduce((sum, item) => sum + item.sizeBytes, 0)

/** What every STORE of the plan says of its place. */
export const uploadMetadata = ({ uploadId }: UploadPlan, { folder }: UploadItem): Record<string, unknown> | undefined =>
  folder && { path: folder.path, upload: { id: uploadId, name: folder.name } }

function unusedName(name: string, taken: Set<string>): string {
  let unused = name
  for (let number = 2; taken.has(unused); number++) unused = `${name} (${number})`
  taken.add(unused)
  return unused
}

function unreadable(error: unknown, t: Translate): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  if (code === 'FileNotFound' || code === 'ENOENT') return t('no longer there')
  if (code === 'NoPermissions' || code === 'EACCES' || code === 'EPERM') return t('no permission to read it')
  return t('unreadable')
}
