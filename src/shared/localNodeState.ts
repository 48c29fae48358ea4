// What a local node and whoever starts it agree on: the file in which the node says where it runs, and how it ends.

/** Written by the node while it holds the lock of its data, so two nodes never write it at once. */
export interface LocalNodeState {
  /** False once it ended. True says only that nobody said otherwise: a process can die without a word. */
  readonly isRunning: boolean
  readonly port: number
  readonly pid: number
  /** Tells the process from a later one with the same id; empty where the system does not say. */
  readonly processStart: string
  /** Random; the node repeats it in `instanceHeader`, so that nothing else on the port is taken for it. */
  readonly instance: string
  /** Of the program, as whoever started it said. */
  readonly version: string
  readonly dataDir: string
}

/** Of the answer to `GET /version`. */
export const instanceHeader = 'X-Aleph-Local-Node'

/** Exit codes, one for each thing that a person can do something about. */
export const localNodeExit = {
  other: 1,
  usage: 2,
  dataLocked: 3,
  dataDamaged: 4,
  noPermission: 5,
  portInUse: 6,
  noSpace: 7,
  /** Never an exit code of the program itself: what a shell says when there is no program. */
  programMissing: 127,
} as const

const format = 1

export const writeLocalNodeState = (state: LocalNodeState): string => `${JSON.stringify({ format, ...state })}\n`

/** Undefined for anything that no node of this format wrote. */
export function readLocalNodeState(text: string): LocalNodeState | undefined {
  let file: Partial<Record<keyof LocalNodeState | 'format', unknown>>
  try {
    file = Object(JSON.parse(text)) as typeof file
  } catch {
    return undefined
  }
  const { isRunning, port, pid, processStart, instance, version, dataDir } = file
  if (file.format !== format || typeof isRunning !== 'boolean') return undefined
  if (!isWhole(port) || port > 65_535 || !isWhole(pid)) return undefined
  if (typeof instance !== 'string' || !/^[0-9a-f]{32}$/.test(instance)) return undefined
  if (typeof processStart !== 'string' || typeof version !== 'string' || typeof dataDir !== 'string') return undefined
  return { isRunning, port, pid, processStart, instance, version, dataDir }
}

const isWhole = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0
