// Which network this window uses.
import { commands as vscodeCommands } from 'vscode'
import { namedLocal, networkEntry } from '../core/network.js'
import { Failure, orFail } from '../host/failure.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import { joined, type AccountServices } from './accountDialogs.js'
import type { Handlers } from './handlers.js'

type NetworkServices = Pick<AccountServices, 'session' | 'settings' | 'localNode' | 'prompts'>

export function networkCommands(services: NetworkServices): Handlers {
  const networks = new Networks(services)
  return {
    [commands.networkSwitch]: () => networks.switch(),
  }
}

/** No network has an id that begins so. */
const anotherNode = '+'
const startNode = '+local'

class Networks {
  constructor(private readonly services: NetworkServices) {}

  async switch(): Promise<void> {
    const { session, prompts, localNode } = this.services
    await session.start()
    const isRunning = await localNode.check()
    const { network: active } = session
    const items = session.networks.map(network => ({
      icon: network.isDevelopment ? 'beaker' : 'globe',
      label: network.name,
      description: joined(
        network.endpoints[0] ?? t('the public network'),
        network.isLocalNode && !isRunning ? t('not running') : '',
        network.id === active.id ? t('active in this window') : '',
      ),
      value: network.id,
    }))
    const another = { icon: 'add', label: t('Use another node…'), value: anotherNode }
    const start = { icon: 'debug-start', label: t('Start local node'), value: startNode }
    const canStart = !isRunning && !namedLocal(session.networks)
    const all = [...items, ...(canStart ? [start] : []), another]
    const chosen = await prompts.pick(all, { title: t('Network of this window') })
    if (chosen === anotherNode) await this.#add()
    else if (chosen === startNode) await vscodeCommands.executeCommand(commands.localNodeStart)
    else if (chosen) session.useNetwork(chosen)
  }

  async #add(): Promise<void> {
    const { session, settings, prompts } = this.services
    const problem = (text: string) => {
      const entry = networkEntry(text, session, t)
      return typeof entry === 'string' ? entry : undefined
    }
    const url = await prompts.input({
      title: t('Use another node'),
      prompt: t('URL of the node. It is kept in your settings, in aleph.networks.'),
      validate: problem,
    })
    if (url === undefined) return
    const entry = networkEntry(url, session, t)
    if (typeof entry === 'string') throw new Failure(entry)
    await orFail(t('Could not save the network'), () => settings.addNetwork(entry))
    session.useNetwork(entry.id)
  }
}
