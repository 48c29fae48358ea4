// The settings, typed and checked: whatever stands in a settings file, the rest of the code sees sound values.
import { ConfigurationTarget, workspace } from 'vscode'
import type { StoreType } from '../client/index.js'
import { pathFilter, type PathFilter } from '../core/glob.js'
import type { LocalNode } from '../core/localNode.js'
import { readNetworks, type NetworkEntry, type NetworkList } from '../core/network.js'
import { Emitter, type Subscription } from '../shared/emitter.js'
import { settingNames, settingsSection } from '../shared/ids.js'
import { t } from './translate.js'

const defaultGateway = 'https://ipfs.aleph.cloud/ipfs/'
const defaultPreviewMb = 50

export class Settings {
  readonly #networksChanged = new Emitter<void>()
  readonly onDidChangeNetworks = this.#networksChanged.event
  readonly #subscriptions: readonly Subscription[]
  #networks: NetworkList | undefined

  /** One of the networks is the local node, wherever it runs. */
  constructor(private readonly localNode: LocalNode) {
    const changed = () => {
      this.#networks = undefined
      this.#networksChanged.fire()
    }
    let { endpoint } = localNode
    this.#subscriptions = [
      localNode.onDidChange(() => {
        if (endpoint === localNode.endpoint) return
        endpoint = localNode.endpoint
        changed()
      }),
      workspace.onDidChangeConfiguration(event => {
        if (event.affectsConfiguration(`${settingsSection}.${settingNames.networks}`)) changed()
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
    const channel = read(settingNames.channel)
    return (typeof channel === 'string' && channel.trim()) || undefined
  }

  get uploadEngine(): StoreType {
    return read(settingNames.uploadEngine) === 'storage' ? 'storage' : 'ipfs'
  }

  get isExcluded(): PathFilter {
    const patterns = read(settingNames.uploadExclude)
    return pathFilter(Array.isArray(patterns) ? patterns.filter(pattern => typeof pattern === 'string') : [])
  }

  /** Whether every publication on a public network is asked about, not the first of an account alone. */
  get isPublishAlwaysConfirmed(): boolean {
    return read(settingNames.publishConfirm) === 'always'
  }

  get previewMaxBytes(): number {
    const megabytes = read(settingNames.previewMaxSize)
    return (typeof megabytes === 'number' && megabytes > 0 ? megabytes : defaultPreviewMb) * 1_000_000
  }

  /** Ends with a slash. */
  get gateway(): string {
    const gateway = read(settingNames.gateway)
    if (typeof gateway !== 'string' || !/^https?:\/\/./.test(gateway) || !URL.canParse(gateway)) return defaultGateway
    return gateway.endsWith('/') ? gateway : `${gateway}/`
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose()
    this.#networksChanged.dispose()
  }
}

const read = (name: string): unknown => workspace.getConfiguration(settingsSection).get<unknown>(name)
