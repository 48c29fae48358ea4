// The local node from the palette and the first-run door: start it and use it in this window, end it, show what it says.
import { commands as vscodeCommands } from 'vscode'
import type { LocalNode } from '../core/localNode.js'
import { namedLocal, type Network } from '../core/network.js'
import type { Session } from '../core/session.js'
import type { Boundary } from '../host/boundary.js'
import { Failure, isCancel, orFail } from '../host/failure.js'
import type { Log } from '../host/log.js'
import type { Messages } from '../host/messages.js'
import type { FollowedFile } from '../host/node/followedFile.js'
import { inView, whenSlow } from '../host/progress.js'
import type { Prompts } from '../host/prompts.js'
import { t } from '../host/translate.js'
import { commands, views } from '../shared/ids.js'
import type { Handlers } from './handlers.js'

export interface LocalNodeServices {
  session: Session
  localNode: LocalNode
  prompts: Prompts
  messages: Messages
  boundary: Boundary
  log: Log
  /** What the node prints. */
  nodeLog: FollowedFile
}

export function localNodeCommands(services: LocalNodeServices): Handlers {
  const node = new LocalNodeCommands(services)
  return {
    [commands.localNodeStart]: () => node.start(),
    [commands.localNodeStop]: () => node.stop(),
    [commands.localNodeShowLog]: () => node.showLog(),
  }
}

/** The button that helps when the local node is what can not be reached. */
export const startAction = (): Record<string, () => unknown> => ({
  [t('Start Local Node')]: () => vscodeCommands.executeCommand(commands.localNodeStart),
})

class LocalNodeCommands {
  constructor(private readonly services: LocalNodeServices) {}

  async start(): Promise<void> {
    const { session, localNode, messages, boundary } = this.services
    await session.start()
    const named = namedLocal(session.networks)
    if (named) return this.#useNamed(named)
    if (!(await this.#started())) return
    const { endpoint } = localNode
    const network = session.networks.find(({ endpoints }) => endpoints[0] === endpoint)
    if (network) session.useNetwork(network.id)
    const text = t('The local node is running at {endpoint}. This window uses it; nothing leaves this computer.', {
      endpoint,
    })
    const upload = { [t('Upload Files…')]: () => vscodeCommands.executeCommand(commands.filesUploadPick) }
    boundary.start('localNode', () => messages.done(text, upload))
  }

  async stop(): Promise<void> {
    const { localNode, prompts, messages, boundary } = this.services
    if (!(await localNode.check())) {
      boundary.start('localNode', () => messages.done(t('The local node is not running.'), startAction()))
      return
    }
    const isWanted = await prompts.confirm({
      message: t('Stop the local node?'),
      detail: t('All windows that use it lose it until it is started again. What is stored on it stays.'),
      action: t('Stop'),
    })
    if (!isWanted) return
    // Half a stop can not be taken back, so there is nothing to cancel.
    await orFail(t('Could not stop the local node'), async () => inView(views.files, () => localNode.stop()))
  }

  showLog(): void {
    const { localNode, nodeLog } = this.services
    if (localNode.isRunning) nodeLog.follow()
    nodeLog.show()
  }

  /** A setting that calls a node “local” wins; this extension starts none beside it. */
  async #useNamed({ id, endpoints: [endpoint = ''] }: Network): Promise<void> {
    const { session, localNode } = this.services
    const isThere = await whenSlow(t('Looking for the local node'), signal => localNode.isNodeAt(endpoint, signal))
    if (!isThere)
      throw new Failure(
        t('Nothing answers at {endpoint}, which aleph.networks calls local. Start that node, or rename the entry.', {
          endpoint,
        }),
      )
    session.useNetwork(id)
  }

  /** False after telling why not. */
  async #started(): Promise<boolean> {
    const { localNode, messages, boundary, log, nodeLog } = this.services
    nodeLog.follow()
    try {
      await orFail(t('Could not start the local node'), () =>
        whenSlow(t('Starting the local node'), signal => localNode.start(signal)),
      )
      return true
    } catch (error) {
      nodeLog.rest()
      if (isCancel(error) || !(error instanceof Failure)) throw error
      log.error('localNode', 'could not be started', error.cause)
      boundary.start('localNode', () => messages.failed(error.message, {}, () => nodeLog.show()))
      return false
    }
  }
}
