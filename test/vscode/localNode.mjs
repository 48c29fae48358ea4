// Starts the built local node as a child and waits until it says where it listens.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { localNodeProgram } from './paths.mjs'
import { Failure, endChild, run, startChild } from './processes.mjs'

const startLimitMs = 30_000

/** `{ url, child, stop() }`, or undefined when the local node was not built. Extra arguments are the program's own. */
export async function startLocalNode({ port = 0, dataDir, args = [] } = {}) {
  if (!existsSync(localNodeProgram)) return undefined
  const all = [localNodeProgram, '--port', String(port), ...(dataDir ? ['--data-dir', dataDir] : []), ...args]
  const child = startChild(process.execPath, all)
  let output = ''
  const url = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Failure(`The local node did not start:\n${output}`)), startLimitMs)
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', text => {
        output = (output + text).slice(-10_000)
        const said = /http:\/\/127\.0\.0\.1:\d+/.exec(output)
        if (said) resolve(said[0])
      })
    void child.exited.then(() => reject(new Failure(`The local node ended while starting:\n${output.trim()}`)))
    void child.exited.then(() => clearTimeout(late))
    child.stdout.once('data', () => clearTimeout(late))
  }).catch(async error => {
    await endChild(child)
    throw error
  })
  return { url, child, stop: () => endChild(child) }
}

/** Ends the node that the extension started in the VS Code of this data folder and that outlived it, as it is meant to. */
export async function endLeftLocalNode(dataDir) {
  const storage = join(dataDir, 'data/User/globalStorage/aleph-cloud.aleph-cloud-storage')
  const nodeData = join(storage, 'local-node/data')
  if (!existsSync(nodeData)) return
  const files = ['--data-dir', nodeData, '--state-file', join(storage, 'localNode.json')]
  await run(process.execPath, [localNodeProgram, '--stop', ...files])
}
