// The settings, typed and checked: whatever stands in a settings file, the rest of the code sees sound values.
import { ConfigurationTarget, workspace, type Extension } from 'vscode'
import type { StoreType } from '../client/index.js'
import type { LocalNode } from '../core/localNode.js'
import { readNetworks, type NetworkEntry, type NetworkList } from '../core/network.js'
import type { ChangedSetting } from '../core/problemReport.js'
import {
  checkChannel,
  checkConfirm,
  checkDisabledExclusions,
  checkEngine,
  checkExclude,
  checkGateway,
  checkPreviewSize,
  type Checked,
} from '../core/settingValues.js'
import { Emitter, type Subscription } from '../shared/emitter.js'
import { settingNames, settingsSection } from '../shared/ids.js'
import { t } from './translate.js'

const checks = {
  channel: checkChannel,
  publishConfirm: checkConfirm,
  uploadEngine: checkEngine,
  uploadExclude: checkExclude,
  uploadDisabledExclusions: checkDisabledExclusions,
  previewMaxSize: checkPreviewSize,
  gateway: checkGateway,
}

export class Settings {
  readonly #networksChanged = new Emitter<void>()
  readonly onDidChangeNetworks = this.#networksChanged.event
  readonly #changed = new Emitter<void>()
  /** Fires for any setting of the extension. */
  readonly onDidChange = this.#changed.event
  readonly #subscriptions: readonly Subscription[]
  #networks: NetworkList | undefined

  /** One of the networks is the local node, wherever it runs. */
  constructor(private readonly localNode: LocalNode) {
    const networksChanged = () => {
      this.#networks = undefined
      this.#networksChanged.fire()
    }
    let { endpoint } = localNode
    this.#subscriptions = [
      localNode.onDidChange(() => {
        if (endpoint === localNode.endpoint) return
        endpoint = localNode.endpoint
        networksChanged()
      }),
      workspace.onDidChangeConfiguration(event => {
        if (!event.affectsConfiguration(settingsSection)) return
        if (event.affectsConfiguration(`${settingsSection}.${settingNames.networks}`)) networksChanged()
        this.#changed.fire()
      }),
    ]
  }

  networks(): NetworkList {
    return (this.#networks ??= readNetworks(read(settingNames.networks), t, this.localNode.endpoint))
  }

  /** Writes to the user's settings: no workspace can redirect traffic. */
  async addNetwork({ name, url }: NetworkEntry): Promise<void> {
    const known = read(settingNames.networks)
    const entries = [...(Array.isArray(known) ? (known as unknown[]) : []), { name, url }]
    await workspace.getConfiguration(settingsSection).update(settingNames.networks, entries, ConfigurationTarget.Global)
  }

  /** Undefined when none is set. */
  get channel(): string | undefined {
    return checks.channel(read(settingNames.channel), t).value
  }

  get uploadEngine(): StoreType {
    return checks.uploadEngine(read(settingNames.uploadEngine), t).value ?? 'ipfs'
  }

  /** Built-in patterns that the user doesn't want. No workspace can say so. */
  get disabledExclusions(): readonly string[] {
    return checks.uploadDisabledExclusions(read(settingNames.uploadDisabledExclusions), t).value ?? []
  }

  /** Whether every publication on a public network is asked about, not the first of an account alone. */
  get isPublishAlwaysConfirmed(): boolean {
    return checks.publishConfirm(read(settingNames.publishConfirm), t).value === 'always'
  }

  get previewMaxBytes(): number {
    return (valueOf('previewMaxSize', checks.previewMaxSize) ?? 1) * 1_000_000
  }

  /** Ends with a slash. */
  get gateway(): string {
    return valueOf('gateway', checks.gateway) ?? ''
  }

  /** One sentence for everything in the settings files that is left out or ignored. */
  get problems(): readonly string[] {
    const names = Object.keys(checks) as (keyof typeof checks)[]
    return [
      ...this.networks().problems,
      ...names.flatMap(name => checks[name](read(settingNames[name]), t).problem ?? []),
    ]
  }

  /** What differs from the defaults of the manifest, for a report about a problem. */
  changed({ packageJSON }: Extension<unknown>): ChangedSetting[] {
    const { contributes } = packageJSON as {
      contributes: { configuration: { properties: Record<string, { default?: unknown; enum?: unknown[] }> } }
    }
    return Object.entries(contributes.configuration.properties).flatMap(([name, schema]) => {
      const value = workspace.getConfiguration().get<unknown>(name)
      const isDefault = JSON.stringify(value) === JSON.stringify(schema.default)
      return isDefault ? [] : [{ name, value, choices: schema.enum ?? [] }]
    })
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose()
    this.#networksChanged.dispose()
    this.#changed.dispose()
  }
}

const read = (name: string): unknown => workspace.getConfiguration(settingsSection).get<unknown>(name)

/** The sound value; the manifest's default where none is. */
function valueOf<T>(name: keyof typeof settingNames, check: (value: unknown, translate: typeof t) => Checked<T>) {
  const { defaultValue } = workspace.getConfiguration(settingsSection).inspect<unknown>(settingNames[name]) ?? {}
  return check(read(settingNames[name]), t).value ?? check(defaultValue, t).value
}
