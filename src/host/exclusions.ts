// What the settings leave out when a folder is uploaded: ours by its path in that folder, VS Code's by its path in the
// workspace. A rule that can't be understood stops the upload.
import { workspace, type Uri } from 'vscode'
import type { PathFilter, pathFilter } from '../core/glob.js'
import type { SettingRule } from '../core/upload/collect.js'
import { settingNames, settingsSection } from '../shared/ids.js'

const ours = `${settingsSection}.${settingNames.uploadExclude}`
const hidden = 'files.exclude'

/** A pattern that isn't valid, or a setting that isn't a list of patterns. */
export class InvalidExclusion extends Error {
  constructor(
    readonly setting: string,
    readonly pattern: string,
  ) {
    super(`${setting} has ${pattern}, which isn't a valid pattern`)
  }
}

interface Rule extends SettingRule {
  readonly pattern: string
  readonly matches: PathFilter
}

interface Rules {
  readonly ours: readonly Rule[]
  readonly hidden: readonly Rule[]
  readonly conditional: readonly Rule[]
}

/** As the settings are now. */
export class Exclusions {
  /** By workspace folder: each can have settings of its own. */
  readonly #rules = new Map<string, Rules>()
  readonly #conditional = new Set<string>()

  constructor(private readonly filterOf: typeof pathFilter) {}

  /** Patterns with a condition, as `{ "**\/*.js": { "when": "$(basename).ts" } }`, that would have left something out. */
  get conditional(): readonly string[] {
    return [...this.#conditional]
  }

  /** Throws `InvalidExclusion`. */
  readonly excludedBy = (file: Uri, path: string, allowed: ReadonlySet<unknown>): SettingRule | undefined => {
    const root = workspace.getWorkspaceFolder(file)?.uri
    const rules = this.#of(root)
    const placed = root ? workspace.asRelativePath(file, false) : path
    const found =
      rules.ours.find(rule => !allowed.has(rule) && rule.matches(path)) ??
      rules.hidden.find(rule => !allowed.has(rule) && rule.matches(placed))
    if (!found)
      for (const { pattern, matches } of rules.conditional) if (matches(placed)) this.#conditional.add(pattern)
    return found
  }

  #of(root: Uri | undefined): Rules {
    const key = root?.toString() ?? ''
    const known = this.#rules.get(key)
    if (known) return known
    const patterns = workspace.getConfiguration('files', root).get<Record<string, unknown>>('exclude') ?? {}
    const isConditional = (value: unknown) => typeof value === 'object' && value !== null && 'when' in value
    // VS Code takes any other value for `true`.
    const applied = Object.keys(patterns).filter(pattern => patterns[pattern] !== false)
    const rules = {
      ours: ownPatterns(root).map(pattern => this.#ruleOf(ours, pattern)),
      hidden: applied
        .filter(pattern => !isConditional(patterns[pattern]))
        .map(pattern => this.#ruleOf(hidden, pattern)),
      conditional: applied
        .filter(pattern => isConditional(patterns[pattern]))
        .map(pattern => this.#ruleOf(hidden, pattern)),
    }
    this.#rules.set(key, rules)
    return rules
  }

  #ruleOf(setting: string, pattern: unknown): Rule {
    const matches = typeof pattern === 'string' ? this.filterOf(pattern) : undefined
    if (typeof pattern !== 'string' || !matches) throw new InvalidExclusion(setting, String(JSON.stringify(pattern)))
    return { setting, pattern, matches }
  }
}

/** Of all scopes together: a workspace adds to what the user left out, and takes nothing back. */
function ownPatterns(root: Uri | undefined): unknown[] {
  const scopes: Record<string, unknown> =
    workspace.getConfiguration(settingsSection, root).inspect(settingNames.uploadExclude) ?? {}
  // Those of the language, which files to upload don't have, aren't asked for. Of a remote window the two user scopes count.
  const names = ['default', 'global', 'globalLocal', 'globalRemote', 'workspace', 'workspaceFolder']
  const values = names.map(name => scopes[`${name}Value`]).filter(value => value !== undefined)
  const patterns = values.flatMap(value => {
    if (!Array.isArray(value)) throw new InvalidExclusion(ours, String(JSON.stringify(value)))
    return value as unknown[]
  })
  return [...new Set(patterns)]
}
