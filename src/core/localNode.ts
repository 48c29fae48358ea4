// The local node as a window sees it: where it runs, joining the one that another window started or starting it, ending
// it. All windows of this computer share one. Files and processes come as ports.
import { AlephError, isAlephError, throwIfAborted } from '../client/errors.js'
import { Emitter, type Subscription } from '../shared/emitter.js'
import { localNodeExit, readLocalNodeState, type LocalNodeState } from '../shared/localNodeState.js'
import type { Translate } from '../shared/translate.js'
import type { SharedFile } from './accountBook.js'
import { defaultLocalPort, localEndpoint, type Network } from './network.js'

export interface LaunchedNode {
  /** Resolves with its exit code when it ended, or could not even begin. Never rejects. */
  readonly exit: Promise<number>
  /** Asks it to end. */
  end(): void
}

export interface LocalNodePorts {
  /** Where the node says where it runs. */
  readonly file: Pick<SharedFile, 'read' | 'onDidChange'>
  /** Of this extension, and so of the node that it would start. */
  readonly version: string
  /** What `/version` there says about which node it is, '' if nothing; undefined when no node answers. Never rejects. */
  instanceAt(endpoint: string, signal?: AbortSignal): Promise<string | undefined>
  /** Starts a process that outlives this window. */
  launch(): LaunchedNode
  /** Ends whatever holds the data of the node, however it was started, and gives the exit code of doing so. */
  endHolder(): Promise<number>
  /** Has the node answer requests for this host too, whichever window started it and however often. */
  allowHost(authority: string): Promise<void>
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
  onError(error: unknown): void
  readonly t: Translate
}

const pollMs = 100
const patienceMs = 30_000
/** Before the next try while another node has the data. */
const lockedPauseMs = 500
/** A node that has the data for so long without an answer hangs; one that reads a long log answers sooner. */
const takeOverMs = 15_000

export class LocalNode {
  readonly #changed = new Emitter<void>()
  /** Fires when it runs, when it no longer does, and when it runs elsewhere. */
  readonly onDidChange = this.#changed.event
  readonly #subscription: Subscription
  #state: LocalNodeState | undefined
  #starting: Promise<void> | undefined
  /** Of several checks the last one counts. */
  #checks = 0

  constructor(private readonly ports: LocalNodePorts) {
    this.#subscription = ports.file.onDidChange(() => void this.check())
  }

  /** Of the one that runs or ran last, so that rows and links stay when it ends. */
  get endpoint(): string {
    return localEndpoint(this.#state?.port ?? defaultLocalPort)
  }

  /** As far as is known without asking. */
  get isRunning(): boolean {
    return this.#state?.isRunning ?? false
  }

  /** Reads what was last said about it and asks nobody. Never rejects. */
  async load(): Promise<void> {
    const check = ++this.#checks
    const state = await this.#read()
    if (check === this.#checks) this.#set(state)
  }

  /** Whether it runs by now: the file says so and the node itself too. Never rejects. */
  async check(): Promise<boolean> {
    const check = ++this.#checks
    const state = await this.#read()
    const isRunning = state !== undefined && (await this.#answers(state))
    if (check === this.#checks) this.#set(state && { ...state, isRunning })
    return isRunning
  }

  /**
   * Resolves when it answers, be it a new one or the one of another window. Started twice, the second call waits for
   * the first. Throws `IO` with the reason, or `ABORTED`.
   */
  start(signal?: AbortSignal): Promise<void> {
    return (this.#starting ??= this.#start(signal).finally(() => (this.#starting = undefined)))
  }

  /** Ends it for all windows; its data stays. Throws `IO`. */
  async stop(): Promise<void> {
    const code = await this.ports.endHolder()
    await this.check()
    if (code !== 0) throw new AlephError('IO', this.ports.t('it does not end. The log has more.'))
  }

  /** A forwarding proxy passes on the host under which a browser reaches it. Throws what the file system throws. */
  allowHost(authority: string): Promise<void> {
    return this.ports.allowHost(authority)
  }

  /** Whether any node answers there. Throws `ABORTED`. */
  async isNodeAt(endpoint: string, signal?: AbortSignal): Promise<boolean> {
    const instance = await this.ports.instanceAt(endpoint, signal)
    throwIfAborted(signal)
    return instance !== undefined
  }

  dispose(): void {
    this.#subscription.dispose()
    this.#changed.dispose()
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    const running = await this.#answering(signal)
    if (running && !isOlder(running.version, this.ports.version)) return this.#use(running)
    // An extension that was updated brings a node that knows more; the data stays.
    if (running) await this.stop()
    await this.#launch(signal)
  }

  async #launch(signal: AbortSignal | undefined): Promise<void> {
    const { launch, sleep, endHolder } = this.ports
    let node = launch()
    let code: number | undefined
    let tookOver = false
    try {
      for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += pollMs) {
        const state = await this.#answering(signal)
        if (state) return this.#use(state)
        code = (await Promise.race([node.exit, sleep(pollMs, signal)])) ?? code
        if (code === undefined) continue
        if (code !== localNodeExit.dataLocked) throw this.#failure(code)
        // Another window was quicker and its node will answer in a moment; or one is just ending; or one hangs.
        await sleep(lockedPauseMs, signal)
        waitedMs += lockedPauseMs
        if (await this.#answering(signal)) continue
        if (waitedMs >= takeOverMs && !tookOver) {
          tookOver = true
          await endHolder()
        }
        node = launch()
        code = undefined
      }
      throw this.#failure(tookOver ? localNodeExit.dataLocked : undefined)
    } catch (error) {
      node.end()
      throw error
    }
  }

  #failure(code: number | undefined): AlephError {
    return new AlephError('IO', failureText(code, this.ports.t), { details: { exitCode: code } })
  }

  /** What the file says, if the node itself says so too. */
  async #answering(signal: AbortSignal | undefined): Promise<LocalNodeState | undefined> {
    const state = await this.#read()
    return state && (await this.#answers(state, signal)) ? state : undefined
  }

  async #answers(state: LocalNodeState, signal?: AbortSignal): Promise<boolean> {
    return state.isRunning && (await this.ports.instanceAt(localEndpoint(state.port), signal)) === state.instance
  }

  async #read(): Promise<LocalNodeState | undefined> {
    try {
      return readLocalNodeState((await this.ports.file.read()) ?? '')
    } catch (error) {
      this.ports.onError(error)
      return undefined
    }
  }

  #use(state: LocalNodeState): void {
    this.#checks++
    this.#set(state)
  }

  #set(state: LocalNodeState | undefined): void {
    const { endpoint, isRunning } = this
    this.#state = state
    if (this.endpoint !== endpoint || this.isRunning !== isRunning) this.#changed.fire()
  }
}

/** Versions of this extension are three numbers. */
function isOlder(version: string, than: string): boolean {
  const [numbers, others] = [version, than].map(text => text.split('.').map(part => Number.parseInt(part, 10) || 0))
  for (let i = 0; i < 3; i++) {
    const difference = (numbers?.[i] ?? 0) - (others?.[i] ?? 0)
    if (difference) return difference < 0
  }
  return false
}

/** The second half of “Could not start the local node: …”. */
function failureText(code: number | undefined, t: Translate): string {
  switch (code) {
    case localNodeExit.dataLocked:
      return t('another local node, which does not answer, has its data.')
    case localNodeExit.dataDamaged:
      return t('its data is damaged. The log says where.')
    case localNodeExit.noPermission:
      return t('its folder can not be written. The log says which one.')
    case localNodeExit.portInUse:
      return t('none of the ports that it may take is free.')
    case localNodeExit.noSpace:
      return t('there is no space left on the disk.')
    case localNodeExit.programMissing:
      return t('its program is missing. Install this extension again.')
    case undefined:
      return t('it does not answer in time. The log has more.')
    default:
      return t('it ended at once. The log has more.')
  }
}

/** A failure for which starting the local node is the way forward. */
export const isStoppedLocalNode = (network: Network, error: unknown): boolean =>
  network.isLocalNode === true && isAlephError(error, 'NETWORK') && error.response === undefined
