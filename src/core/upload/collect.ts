// From what was selected to what is uploaded: walks through folders and tells what is left out, and why.
import pLimit from 'p-limit'
import { AlephError, isAlephError, throwIfAborted } from '../../client/errors.js'
import type { FileSource } from '../../client/index.js'
import type { Translate } from '../../shared/translate.js'
import { headBytes, type DefaultExclusion, type DefaultExclusions } from './defaultExclusions.js'
import { ignoreFileName, IgnoreRules, readRules, type IgnoreRule } from './ignoreRules.js'
import type { SkippedEntry, UploadFiles, UploadItem } from './plan.js'

/** Access to files wherever they are: on disk, remote, or in a virtual workspace. */
export interface FileAccess<F> {
  /** `bytes` are those of a file whose size can't be known without reading it. */
  stat(file: F): Promise<{ kind: 'file' | 'folder' | 'other'; sizeBytes: number; bytes?: Uint8Array }>
  list(folder: F): Promise<{ name: string; file: F; isLink: boolean }[]>
  /** The first bytes of a file, at most so many. */
  head(file: F, maxBytes: number): Promise<Uint8Array>
  /** An ignore file. */
  text(file: F): Promise<string>
  name(file: F): string
  /** All that is known of where it stands, with slashes. */
  path(file: F): string
  /** Identity, such that the key of a file inside a folder begins with that of the folder and a slash. */
  key(file: F): string
  /** All folders that it stands in, outermost first. */
  folders(file: F): F[]
  /** Those in the workspace. */
  above(file: F): F[]
  inside(folder: F, name: string): F
  /** Where it really stands, without links; undefined where that can't be found out. */
  real(file: F): Promise<F | undefined>
  /** Read later, and only while it still stands at `real`. */
  source(file: F, sizeBytes: number, real: F | undefined): FileSource
}

/** A rule of the settings that leaves an entry out. */
export interface SettingRule {
  readonly setting: string
}

export interface CollectOptions<F> {
  access: FileAccess<F>
  defaults: DefaultExclusions
  /**
   * The rule of a setting that leaves out an entry found inside a folder, by its path in the folder that was selected; not one
   * that is allowed to. What was selected itself was meant.
   */
  excludedBy(file: F, path: string, allowed: ReadonlySet<unknown>): SettingRule | undefined
  signal: AbortSignal
  t: Translate
}

/** Requests to a file system at a time. */
const statsAtOnce = 16
const maxFiles = 100_000
/** What lists take for a place in a folder. */
const maxDepth = 64
const maxPathLength = 1000
const maxIgnoreFiles = 1000
/** How long names are compared with rules before others get their turn. */
const turnMs = 50

/**
 * Unreadable entries are named and left out.
 *
 * @throws {ABORTED}
 * @throws {TOO_LARGE} above 100 000 files, which no plan could be read for.
 * @throws {IO} for an ignore file that can't be read or understood, because it may name secrets.
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

/** The rule that gives something selected by hand away as a secret, by its names or those of what it links to. */
export async function secretOf<F>(
  file: F,
  { access, defaults }: Pick<CollectOptions<F>, 'access' | 'defaults'>,
): Promise<DefaultExclusion | undefined> {
  const real = await access.real(file).catch(() => undefined)
  for (const place of real === undefined ? [file] : [file, real]) {
    const found = defaults.secretIn(access.path(place))
    if (found && !(await isHarmless(found, place, access))) return found
  }
  return undefined
}

async function isHarmless<F>(rule: DefaultExclusion, file: F, access: FileAccess<F>): Promise<boolean> {
  if (!rule.isHarmless) return false
  try {
    // A folder of that name holds no key itself, and what is in it is looked at.
    return (await access.stat(file)).kind === 'folder' || rule.isHarmless(await access.head(file, headBytes))
  } catch {
    return false
  }
}

/** An entry as rules see it. One that is reached through a link is seen twice: where it is shown and where it stands. */
interface Sight<F> {
  readonly file: F
  /** In the folder that was selected. */
  readonly path: string
  /** From the outermost folder whose ignore file holds. */
  readonly ignorePath: string
  /** Of the folders that it stands in. */
  readonly rules: IgnoreRules
}

interface Entry<F> {
  readonly file: F
  /** As the plan names it. */
  readonly shown: string
  readonly isLink: boolean
  /** The first one is where it is shown. */
  readonly sights: readonly Sight<F>[]
  /** Without links; undefined where that isn't known. Of a link, the place of the link itself. */
  readonly real: F | undefined
  readonly tree: Tree<F>
  /** Real folders that it stands in. */
  readonly chain: readonly string[]
  /** Rules that the user overrode for it. */
  readonly allowed: ReadonlySet<unknown>
}

/** A folder that was selected. */
interface Tree<F> {
  /** Name that it is uploaded under; undefined for a file. */
  readonly name: string | undefined
  readonly top: Sight<F>
  readonly real: F | undefined
  /** Folders that links led to. */
  readonly followed: Set<string>
}

interface Exclusion {
  readonly reason: string
  /** What has to be allowed to include it nevertheless; undefined where that is out of the question. */
  readonly rule?: unknown
  /** What a secret holds. */
  readonly secret?: string
}

/** Allowed for a link whose target isn't in the folder. */
const outside = Symbol('outside')

class Walk<F> {
  readonly items: UploadItem[] = []
  readonly skipped: SkippedEntry[] = []
  readonly #limit = pLimit(statsAtOnce)
  #turnEndsMs = 0

  constructor(
    private readonly options: CollectOptions<F>,
    private readonly folderNames = new Set<string>(),
    /** Read once, such that a rule that was allowed is known again. */
    private readonly ignoreFiles = new Map<string, readonly IgnoreRule[]>(),
  ) {}

  async take(file: F): Promise<void> {
    const { access, signal } = this.options
    throwIfAborted(signal)
    const shown = access.name(file)
    let rules = IgnoreRules.none
    const above = access.above(file)
    for (const [index, folder] of above.entries())
      rules = await this.#withRulesOf(
        folder,
        above
          .slice(1, index + 1)
          .map(each => `${access.name(each)}/`)
          .join(''),
        rules,
      )
    const ignorePath = above.length ? [...above.slice(1), file].map(access.name).join('/') : ''
    const top = { file, path: '', ignorePath, rules }
    const real = await access.real(file).catch(() => undefined)
    const found = await this.#stat(file)
    if ('error' in found) return this.#skip(shown, { reason: unreadable(found.error, this.options.t) })
    const name = found.kind === 'folder' ? this.#unusedName(shown) : undefined
    const tree = { name, top, real, followed: new Set<string>() }
    const entry = { file, shown, isLink: false, sights: [top], real, tree, chain: [], allowed: new Set() }
    await this.#enter(entry, found)
  }

  async #stat(file: F) {
    throwIfAborted(this.options.signal)
    try {
      return await this.options.access.stat(file)
    } catch (error) {
      return { error }
    }
  }

  /** Entries of folders. */
  async #add(entries: readonly Entry<F>[]): Promise<void> {
    const looked = await Promise.all(
      entries.map(entry => this.#limit(async () => ({ entry, found: await this.#stat(entry.file) }))),
    )
    for (const { entry, found } of looked) {
      await this.#giveTurn()
      if ('error' in found) this.#skip(entry.shown, { reason: unreadable(found.error, this.options.t) })
      else if (entry.isLink && found.kind === 'other')
        this.#skip(entry.shown, { reason: this.options.t('a link that leads to no file') })
      else {
        const followed = entry.isLink ? await this.#follow(entry, found.kind) : entry
        const exclusion =
          'reason' in followed ? followed : await this.#exclusion(followed.sights, found.kind, followed.allowed)
        if (exclusion) this.#skip(entry.shown, exclusion, entry)
        else if (!('reason' in followed)) await this.#enter(followed, found)
      }
    }
  }

  async #enter(entry: Entry<F>, found: Awaited<ReturnType<FileAccess<F>['stat']>>): Promise<void> {
    const { access, t } = this.options
    const { file, shown, tree, real } = entry
    if (found.kind === 'folder') return this.#descend(entry)
    if (found.kind === 'other') return this.#skip(shown, { reason: t('not a file') })
    if (this.items.length >= maxFiles)
      throw new AlephError(
        'TOO_LARGE',
        `There are more than ${maxFiles} files in what was selected: choose smaller folders.`,
      )
    this.items.push({
      name: access.name(file),
      sizeBytes: found.sizeBytes,
      source: found.bytes ?? access.source(file, found.sizeBytes, real),
      key: access.key(file),
      ...(tree.name === undefined ? {} : { folder: { name: tree.name, path: entry.sights[0]?.path ?? '' } }),
    })
  }

  async #descend(entry: Entry<F>): Promise<void> {
    const { access, signal, t } = this.options
    const { file, shown, tree, real } = entry
    let found: Awaited<ReturnType<FileAccess<F>['list']>>
    try {
      found = await access.list(file)
    } catch (error) {
      throwIfAborted(signal)
      return this.#skip(shown, { reason: unreadable(error, t) })
    }
    if (!found.length) this.#skip(shown, { reason: t('empty folder') })
    const hasRules = found.some(({ name }) => name === ignoreFileName)
    const sights: Sight<F>[] = []
    for (const sight of entry.sights) sights.push(hasRules ? await this.#withOwnRules(sight, true) : sight)
    const chain = real === undefined ? entry.chain : [...entry.chain, access.key(real)]
    // Nobody was asked about links further down.
    const allowed = new Set([...entry.allowed].filter(rule => rule !== outside))
    await this.#add(
      found
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, file: each, isLink }) => ({
          file: each,
          shown: `${shown}/${name}`,
          isLink,
          sights: sights.map((sight, index) => this.#below(sight, name, index ? undefined : each)),
          real: real === undefined ? undefined : access.inside(real, name),
          tree,
          chain,
          allowed,
        })),
    )
  }

  #below({ file, path, ignorePath, rules }: Sight<F>, name: string, known?: F): Sight<F> {
    return {
      file: known ?? this.options.access.inside(file, name),
      path: path ? `${path}/${name}` : name,
      ignorePath: ignorePath ? `${ignorePath}/${name}` : name,
      rules,
    }
  }

  async #withOwnRules(sight: Sight<F>, isListed = false): Promise<Sight<F>> {
    const prefix = sight.ignorePath && `${sight.ignorePath}/`
    return { ...sight, rules: await this.#withRulesOf(sight.file, prefix, sight.rules, isListed) }
  }

  /** A link as what it leads to, or why it is left out. */
  async #follow(entry: Entry<F>, kind: string): Promise<Entry<F> | Exclusion> {
    const { access, t } = this.options
    const { tree, chain, allowed } = entry
    const target = await access.real(entry.file).catch(() => undefined)
    if (!allowed.has(outside)) {
      if (target === undefined || tree.real === undefined)
        return { reason: t("a link, and where it leads to isn't known"), rule: outside }
      const names = namesBelow(access.key(tree.real), access.key(target))
      if (!names) return { reason: t('a link to something outside the folder'), rule: outside }
      const sight = await this.#sightOf(tree, target, allowed)
      if ('reason' in sight) return leadsToLeftOut(sight, t)
      if (kind === 'folder') {
        const key = access.key(target)
        if (chain.some(each => each === key || each.startsWith(`${key}/`)))
          return { reason: t('a link to a folder that it is in') }
        if (tree.followed.has(key)) return { reason: t('a link to a folder that another link leads to') }
        tree.followed.add(key)
      }
      return { ...entry, sights: [...entry.sights, sight], real: target }
    }
    if (target === undefined) return entry
    const key = access.key(target)
    if (kind === 'folder' && chain.some(each => each === key || each.startsWith(`${key}/`)))
      return { reason: t('a link to a folder that it is in') }
    const sight = await this.#sightOutside(target, allowed)
    if ('reason' in sight) return leadsToLeftOut(sight, t)
    return { ...entry, sights: [...entry.sights, sight], real: target, tree: { ...tree, top: sight, real: target } }
  }

  /** Where something outside the folder stands, unless a rule leaves a folder that it stands in out. */
  async #sightOutside(target: F, allowed: ReadonlySet<unknown>): Promise<Sight<F> | Exclusion> {
    const { access } = this.options
    const [top = target, ...others] = [...access.folders(target), target]
    let sight: Sight<F> = { file: top, path: access.name(top), ignorePath: '', rules: IgnoreRules.none }
    for (const file of others) {
      sight = { ...this.#below(await this.#withOwnRules(sight), access.name(file), file), path: access.name(file) }
      if (file === target) break
      const exclusion = await this.#exclusion([sight], 'folder', allowed)
      if (exclusion) return exclusion
    }
    return sight
  }

  /** Where something inside the folder stands, unless a rule leaves it, or a folder that it stands in, out. */
  async #sightOf(tree: Tree<F>, target: F, allowed: ReadonlySet<unknown>): Promise<Sight<F> | Exclusion> {
    const { access } = this.options
    const names = tree.real === undefined ? [] : (namesBelow(access.key(tree.real), access.key(target)) ?? [])
    // As the key spells names isn't as they are; the last ones of the path are.
    const spelled = names.length ? access.path(target).split('/').slice(-names.length) : []
    let sight = tree.top
    for (const [index, name] of spelled.entries()) {
      sight = this.#below(await this.#withOwnRules(sight), name)
      if (index === spelled.length - 1) break
      const exclusion = await this.#exclusion([sight], 'folder', allowed)
      if (exclusion) return exclusion
    }
    return sight
  }

  async #exclusion(
    sights: readonly Sight<F>[],
    kind: string,
    allowed: ReadonlySet<unknown>,
  ): Promise<Exclusion | undefined> {
    const { access, defaults, excludedBy, t } = this.options
    for (const { file } of sights)
      for (const rule of defaults.of(access.path(file))) {
        if (allowed.has(rule) || (await isHarmless(rule, file, access))) continue
        const holds = rule.holds(t)
        const reason = rule.isSecret
          ? t('excluded by default because it may hold secrets ({holds})', { holds })
          : t('excluded by default ({holds})', { holds })
        return { reason, rule, ...(rule.isSecret ? { secret: holds } : {}) }
      }
    for (const { file, path, ignorePath, rules } of sights) {
      const setting = excludedBy(file, path, allowed)
      if (setting)
        return { reason: t('excluded by the setting {setting}', { setting: setting.setting }), rule: setting }
      const rule = rules.excludedBy(ignorePath, kind === 'folder', allowed)
      if (rule) return { reason: t('excluded by {file}', { file: ignoreFileName }), rule }
      if (access.name(file) === ignoreFileName) return { reason: t('only says what is left out') }
      if (path.length > maxPathLength || path.split('/').length > maxDepth) return { reason: t('its path is too long') }
    }
    return undefined
  }

  #skip(path: string, { reason, rule, secret }: Exclusion, entry?: Entry<F>): void {
    if (!entry || rule === undefined) return void this.skipped.push({ path, reason })
    const include = async (signal: AbortSignal): Promise<UploadFiles> => {
      const walk = new Walk({ ...this.options, signal }, this.folderNames, this.ignoreFiles)
      const tree = { ...entry.tree, followed: new Set<string>() }
      await walk.#add([{ ...entry, tree, allowed: new Set([...entry.allowed, rule]) }])
      // Other rules can leave it out too. That it is a secret, or what a link leads to, has to be said before.
      const again = walk.skipped.find(each => each.path === path)
      const isSaid = rule !== outside && (again?.secret === undefined || secret !== undefined)
      if (again?.include && isSaid) return again.include(signal)
      return { items: walk.items, skipped: walk.skipped }
    }
    this.skipped.push({ path, reason, include, ...(secret === undefined ? {} : { secret }) })
  }

  async #withRulesOf(folder: F, prefix: string, rules: IgnoreRules, isListed = false): Promise<IgnoreRules> {
    const { access } = this.options
    let isThere = isListed
    try {
      const key = access.key(folder)
      const ignoreFile = access.inside(folder, ignoreFileName)
      // Links can lead here again and again.
      let own = this.ignoreFiles.get(key)
      if (!own) {
        const { kind } = await access.stat(ignoreFile)
        isThere = true
        if (kind !== 'file') throw new Error('not a file')
        own = readRules(await access.text(ignoreFile))
        this.ignoreFiles.set(key, own)
      }
      if (this.ignoreFiles.size > maxIgnoreFiles)
        throw new AlephError('TOO_LARGE', `there are more than ${maxIgnoreFiles} such files`)
      return rules.with(prefix, own)
    } catch (error) {
      if (isMissing(error) && !isThere) return rules
      const file = `${access.name(folder)}/${ignoreFileName}`
      // Uploading what it may name would be worse than stopping.
      throw new AlephError(
        'IO',
        isAlephError(error)
          ? `Nothing is uploaded, because ${file} can't be understood: ${error.message}.`
          : `${file} can not be read, so nothing is uploaded.`,
        { cause: error },
      )
    }
  }

  /** Comparing many names with many rules must not hold everything else up. */
  async #giveTurn(): Promise<void> {
    if (Date.now() < this.#turnEndsMs) return
    await new Promise(resolve => setTimeout(resolve, 0))
    this.#turnEndsMs = Date.now() + turnMs
    throwIfAborted(this.options.signal)
  }

  #unusedName(name: string): string {
    let unused = name
    for (let number = 2; this.folderNames.has(unused); number++) unused = `${name} (${number})`
    this.folderNames.add(unused)
    return unused
  }
}

const leadsToLeftOut = (exclusion: Exclusion, t: Translate): Exclusion => ({
  ...exclusion,
  reason: t('a link to something that is left out: {reason}', { reason: exclusion.reason }),
})

/** The names on the way from a folder to something in it; undefined where it isn't in it. */
function namesBelow(folder: string, key: string): string[] | undefined {
  if (key === folder) return []
  return key.startsWith(`${folder}/`) ? key.slice(folder.length + 1).split('/') : undefined
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''

const isMissing = (error: unknown): boolean => ['FileNotFound', 'ENOENT'].includes(codeOf(error))

function unreadable(error: unknown, t: Translate): string {
  const code = codeOf(error)
  if (isMissing(error)) return t('no longer there')
  if (code === 'NoPermissions' || code === 'EACCES' || code === 'EPERM') return t('no permission to read it')
  if (code === 'ENAMETOOLONG') return t('its path is too long')
  if (code === 'TOO_LARGE') return t("larger than 100 MB, and its file system can't tell its size")
  return t('unreadable')
}
