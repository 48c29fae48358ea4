// Files in memory, with links, for tests of what an upload takes.
import { pathFilter } from '../../../../src/core/glob.js'
import { collectFiles, type CollectOptions, type FileAccess } from '../../../../src/core/upload/collect.js'
import { DefaultExclusions } from '../../../../src/core/upload/defaultExclusions.js'
import type { UploadFiles } from '../../../../src/core/upload/plan.js'
import { untranslated as t } from '../../../../src/shared/translate.js'

const error = (code: string) => Object.assign(new Error(code), { code })

function folders(path: string): string[] {
  const names = path.split('/')
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'))
}

/**
 * Paths to sizes or texts; `name@` is neither a file nor a folder, `->path` is a link, `!` can't be read. With `root` the
 * folder of a workspace.
 */
export function files(tree: Record<string, number | string>, root?: string): FileAccess<string> {
  const entries = new Map(Object.entries(tree))
  const isLink = (path: string) => String(entries.get(path)).startsWith('->')

  /** Without links. */
  function resolve(path: string, hops = 0): string {
    if (hops > 40) throw error('ELOOP')
    const names = path.split('/')
    for (let length = 1; length <= names.length; length++) {
      const head = names.slice(0, length).join('/')
      if (isLink(head)) return resolve([String(entries.get(head)).slice(2), ...names.slice(length)].join('/'), hops + 1)
    }
    return path
  }

  return {
    async stat(path) {
      const real = resolve(path)
      const size = entries.get(real)
      if (size === '!') throw error('NoPermissions')
      if (size !== undefined) return { kind: 'file', sizeBytes: typeof size === 'string' ? size.length : size }
      if (entries.get(`${real}@`) !== undefined) return { kind: 'other', sizeBytes: 0 }
      if ([...entries.keys()].some(other => other.startsWith(`${real}/`))) return { kind: 'folder', sizeBytes: 0 }
      throw error('FileNotFound')
    },
    async list(folder) {
      const real = resolve(folder)
      const below = [...entries.keys()].filter(path => path.startsWith(`${real}/`))
      const names = below.map(path => (path.slice(real.length + 1).split('/')[0] ?? '').replace('@', ''))
      return [...new Set(names)]
        .filter(Boolean)
        .map(name => ({ name, file: `${folder}/${name}`, isLink: isLink(`${real}/${name}`) }))
    },
    async head(path, maxBytes) {
      const text = entries.get(resolve(path))
      if (text === '!') throw error('NoPermissions')
      return new TextEncoder().encode(typeof text === 'string' ? text : '').subarray(0, maxBytes)
    },
    async text(path) {
      const text = entries.get(resolve(path))
      if (text === '!') throw error('NoPermissions')
      if (typeof text !== 'string') throw error('FileNotFound')
      return text
    },
    name: path => path.split('/').at(-1) ?? '',
    path: path => path,
    key: path => path,
    folders,
    above: path =>
      root === undefined ? [] : folders(path).filter(folder => folder === root || folder.startsWith(`${root}/`)),
    inside: (folder, name) => `${folder}/${name}`,
    real: async path => resolve(path),
    source: path => path,
  }
}

interface CollectChoices extends Partial<Pick<CollectOptions<string>, 'defaults' | 'signal'>> {
  /** Patterns of `aleph.upload.exclude`. */
  exclude?: readonly string[]
}

export function collect(
  access: FileAccess<string>,
  selected: readonly string[],
  { exclude = [], defaults = new DefaultExclusions(), signal = new AbortController().signal }: CollectChoices = {},
): Promise<UploadFiles> {
  const rules = exclude.map(pattern => ({ setting: 'aleph.upload.exclude', matches: pathFilter(pattern) }))
  const excludedBy: CollectOptions<string>['excludedBy'] = (_, path, allowed) =>
    rules.find(rule => !allowed.has(rule) && rule.matches?.(path))
  return collectFiles(selected, { access, defaults, excludedBy, signal, t })
}

export const shownPaths = ({ items }: UploadFiles): string[] =>
  items.map(({ name, folder }) => (folder ? `${folder.name}/${folder.path}` : name))

export const shownSkipped = ({ skipped }: UploadFiles): string[] =>
  skipped.map(({ path, reason }) => `${path}: ${reason}`)
