// From what was selected to what is uploaded: walks through folders and tells what is left out, and why.
import pLimit from 'p-limit'
import { AlephError, throwIfAborted } from '../../client/errors.js'
import type { FileSource } from '../../client/index.js'
import type { Translate } from '../../shared/translate.js'
import { ignoreFileName, IgnoreRules } from './ignoreRules.js'
import type { SkippedEntry, UploadFiles, UploadItem } from './plan.js'

/** Access to files wherever they are: on disk, remote, or in a virtual workspace. */
export interface FileAccess<F> {
  stat(file: F): Promise<{ kind: 'file' | 'folder' | 'other'; sizeBytes: number }>
  list(folder: F): Promise<{ name: string; file: F; isLink: boolean }[]>
  /** A small text, such as an ignore file. */
  text(file: F): Promise<string>
  name(file: F): string
  /** Identity, such that the key of a file inside a folder begins with that of the folder and a slash. */
  key(file: F): string
  /** The folders of the workspace that it stands in, outermost first. */
  above(file: F): F[]
  inside(folder: F, name: string): F
  source(file: F, sizeBytes: number): FileSource
}

export interface CollectOptions<F> {
  access: FileAccess<F>
  /**
   * The setting that leaves out an entry found inside a folder, by its path in the folder that was selected. What was
   * selected itself was meant.
   */
  excludedBy(file: F, path: string): string | undefined
  signal: AbortSignal
  t: Translate
}

/** Requests to a file system at a time. */
const statsAtOnce = 16
const maxFiles = 100_000
/** What lists take for a place in a folder. */
const maxDepth = 64
const maxPathLength = 1000

/**
 * Unreadable entries are named and left out. Throws only `ABORTED`, and `TOO_LARGE` above 100 000 files, which no plan
 * could be read for.
 */
export async function collectFiles<F>(selected: readonly F[], options: CollectOptions<F>): Promise<UploadFiles> {
  const walk = new Walk(options)
  for (const file of withoutChildren(selected, options.access)) await walk.take(file)
  return { items: walk.items, skipped: walk.skipped }
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

interface Entry<F> {
  file: F
  /** As the plan names it. */
  shown: string
  isLink: boolean
  /** Where it was found; undefined for what was selected itself. */
  place?: Place
}

interface Place {
  /** Name of the uploaded folder. */
  name: string
  /** Inside it: empty, or ends with a slash. */
  path: string
  /** From the outermost folder whose ignore file holds: empty, or ends with a slash. */
  prefix: string
  rules: IgnoreRules
}

class Walk<F> {
  readonly items: UploadItem[] = []
  readonly skipped: SkippedEntry[] = []
  readonly #folderNames = new Set<string>()
  readonly #limit = pLimit(statsAtOnce)

  constructor(private readonly options: CollectOptions<F>) {}

  async take(file: F): Promise<void> {
    const { access } = this.options
    const shown = access.name(file)
    await this.#add([{ file, shown, isLink: false }], async () => {
      const name = this.#unusedName(shown)
      let rules = IgnoreRules.none
      let prefix = ''
      for (const [index, folder] of access.above(file).entries()) {
        if (index) prefix += `${access.name(folder)}/`
        rules = await this.#withRulesOf(folder, prefix, rules)
      }
      // A folder that was selected itself is meant, even where the rules above it leave it out.
      if (rules.excludes(prefix + shown, true)) rules = IgnoreRules.none
      return { name, path: '', prefix: access.above(file).length ? `${prefix}${shown}/` : '', rules }
    })
  }

  async #add(entries: Entry<F>[], placeOf: (entry: Entry<F>) => Promise<Place>): Promise<void> {
    const { access, signal, t } = this.options
    throwIfAborted(signal)
    const looked = await Promise.all(
      entries.map(entry =>
        this.#limit(async () => {
          throwIfAborted(signal)
          try {
            return { entry, ...(await access.stat(entry.file)) }
          } catch (error) {
            return { entry, error }
          }
        }),
      ),
    )
    for (const { entry, ...found } of looked) {
      const { file, shown: path, place, isLink } = entry
      const name = access.name(file)
      const folder = place && { name: place.name, path: place.path + name }
      if ('error' in found) this.skipped.push({ path, reason: unreadable(found.error, t) })
      else if (place?.rules.excludes(place.prefix + name, found.kind === 'folder'))
        this.skipped.push({ path, reason: t('excluded by {file}', { file: ignoreFileName }) })
      else if (found.kind === 'file') {
        if (this.items.length >= maxFiles)
          throw new AlephError(
            'TOO_LARGE',
            `There are more than ${maxFiles} files in what was selected: choose smaller folders.`,
          )
        this.items.push({
          name,
          sizeBytes: found.sizeBytes,
          source: access.source(file, found.sizeBytes),
          key: access.key(file),
          ...(folder ? { folder } : {}),
        })
      } else if (found.kind === 'other') this.skipped.push({ path, reason: t('not a file') })
      // A link to a folder can lead back to where it stands.
      else if (isLink) this.skipped.push({ path, reason: t('link to a folder') })
      else await this.#descend(file, path, await placeOf(entry))
    }
  }

  async #descend(folder: F, shown: string, place: Place): Promise<void> {
    const { access, signal, t } = this.options
    let found: Awaited<ReturnType<FileAccess<F>['list']>>
    try {
      found = await access.list(folder)
    } catch (error) {
      throwIfAborted(signal)
      this.skipped.push({ path: shown, reason: unreadable(error, t) })
      return
    }
    if (!found.length) this.skipped.push({ path: shown, reason: t('empty folder') })
    const hasRules = found.some(({ name }) => name === ignoreFileName)
    const rules = hasRules ? await this.#withRulesOf(folder, place.prefix, place.rules) : place.rules
    const entries: Entry<F>[] = []
    for (const { name, file, isLink } of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const reason = this.#exclusion(file, name, place.path + name)
      if (reason === undefined) entries.push({ file, shown: `${shown}/${name}`, isLink, place: { ...place, rules } })
      else this.skipped.push({ path: `${shown}/${name}`, reason })
    }
    await this.#add(entries, async ({ file }) => {
      const step = `${access.name(file)}/`
      return { ...place, rules, path: place.path + step, prefix: place.prefix + step }
    })
  }

  #exclusion(file: F, name: string, path: string): string | undefined {
    const { excludedBy, t } = this.options
    const setting = excludedBy(file, path)
    if (setting !== undefined) return t('excluded by the setting {setting}', { setting })
    if (name === ignoreFileName) return t('only says what is left out')
    if (path.length > maxPathLength || path.split('/').length > maxDepth) return t('its path is too long')
    return undefined
  }

  async #withRulesOf(folder: F, prefix: string, rules: IgnoreRules): Promise<IgnoreRules> {
    const { access } = this.options
    try {
      return rules.with(prefix, await access.text(access.inside(folder, ignoreFileName)))
    } catch (error) {
      if (isMissing(error)) return rules
      // Uploading what it may name would be worse than stopping.
      throw new AlephError('IO', `${access.name(folder)}/${ignoreFileName} can not be read, so nothing is uploaded.`, {
        cause: error,
      })
    }
  }

  #unusedName(name: string): string {
    let unused = name
    for (let number = 2; this.#folderNames.has(unused); number++) unused = `${name} (${number})`
    this.#folderNames.add(unused)
    return unused
  }
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''

const isMissing = (error: unknown): boolean => ['FileNotFound', 'ENOENT'].includes(codeOf(error))

function unreadable(error: unknown, t: Translate): string {
  const code = codeOf(error)
  if (isMissing(error)) return t('no longer there')
  if (code === 'NoPermissions' || code === 'EACCES' || code === 'EPERM') return t('no permission to read it')
  if (code === 'ENAMETOOLONG') return t('its path is too long')
  return t('unreadable')
}
