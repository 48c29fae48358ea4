// Which network this window uses.
import { networkEntry } from '../core/network.js'
import { Failure, orFail } from '../host/failure.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import { withoutIcons } from '../shared/safeText.js'
import { joined, type AccountServices } from './accountDialogs.js'
import type { Handlers } from './handlers.js'

type NetworkServices = Pick<AccountServices, 'session' | 'settings' | 'prompts'>

export function networkCommands(services: NetworkServices): Handlers {
  const networks = new Networks(services)
  return {
    [commands.networkSwitch]: () => networks.switch(),
  }
}

/** No network has an id that begins so. */
const anotherNode = '+'

class Networks {
  constructor(private readonly services: NetworkServices) {}

  async switch(): Promise<void> {
    const { session, prompts } = this.services
    const { network: active } = session
    const items = session.networks.map(network => ({
      label: `${network.isDevelopment ? '$(beaker)' : '$(globe)'} ${withoutIcons(network.name)}`,
      description: joined(
        network.endpoints[0] ?? t('the public network'),
        network.id === active.id ? t('active in this window') : '',
      ),
      value: network.id,
    }))
    const another = { label: `$(add) ${t('Use another node…')}`, value: anotherNode }
    const chosen = await prompts.pick([...items, another], { title: t('Network of this window') })
    if (chosen === anotherNode) await this.#add()
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
