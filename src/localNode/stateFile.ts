// The state file of a running node. Only this user may read it, and nobody ever reads half of it.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import {
  instanceHeader,
  readLocalNodeState,
  writeLocalNodeState,
  type LocalNodeState,
} from '../shared/localNodeState.js'

export function saveState(path: string, state: LocalNodeState): void {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, writeLocalNodeState(state), { mode: 0o600 })
  renameSync(draft, path)
}

export function loadState(path: string): LocalNodeState | undefined {
  try {
    return readLocalNodeState(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** The lines of a file that needn't exist. */
export function readAllowedHosts(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map(line => line.trim())
      .filter(Boolean)
  } catch {
    return []
  }
}

/** Whether the node that wrote this answers. */
export async function answers({ port, instance }: LocalNodeState): Promise<boolean> {
  try {
    const { headers } = await fetch(`http://127.0.0.1:${port}/version`, { signal: AbortSignal.timeout(2_000) })
    return headers.get(instanceHeader) === instance
  } catch {
    return false
  }
}
