// Puts the local node together for one window: where its files are, and which program it is.
import { Uri, type Disposable, type ExtensionContext } from 'vscode'
import { LocalNode } from '../core/localNode.js'
import { defaultLocalPort } from '../core/network.js'
import type { Log } from './log.js'
import { FollowedFile } from './node/followedFile.js'
import { localNodeProcess, logFileOf } from './node/localNodeProcess.js'
import { StoredFile } from './storedFile.js'
import { t } from './translate.js'

/** All windows share it. */
export const nodeStateName = 'localNode.json'

export interface WindowNode extends Disposable {
  readonly node: LocalNode
  /** What it prints. */
  readonly log: FollowedFile
}

export function createLocalNode(
  context: Pick<ExtensionContext, 'globalStorageUri' | 'extension' | 'asAbsolutePath'>,
  log: Log,
): WindowNode {
  const { globalStorageUri, extension } = context
  const { version } = extension.packageJSON as { version: string }
  const folder = Uri.joinPath(globalStorageUri, 'local-node').fsPath
  const place = {
    program: context.asAbsolutePath('dist/localNode.cjs'),
    folder,
    stateFile: Uri.joinPath(globalStorageUri, nodeStateName).fsPath,
    port: defaultLocalPort,
    version,
  }
  const onError = (error: unknown) => log.error('localNode', 'failed', error)
  const file = new StoredFile(globalStorageUri, nodeStateName)
  const node = new LocalNode({ ...localNodeProcess(place, onError), file, version, onError, t })
  const nodeLog = new FollowedFile(logFileOf(folder), 'Aleph Local Node')
  const subscription = node.onDidChange(() => {
    if (!node.isRunning) nodeLog.rest()
  })
  return {
    node,
    log: nodeLog,
    dispose() {
      for (const part of [subscription, nodeLog, node, file]) part.dispose()
    },
  }
}
