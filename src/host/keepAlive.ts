// A window that uses the local node keeps it alive: it asks now and then, because the node ends itself when nobody does.
import type { LocalNode } from '../core/localNode.js'
import type { Session } from '../core/session.js'
import type { Subscription } from '../shared/emitter.js'

/** A few times within the ten minutes after which the node ends itself. */
const defaultEveryMs = 120_000

export class KeepAlive {
  readonly #subscriptions: readonly Subscription[]
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly session: Session,
    private readonly localNode: LocalNode,
    private readonly everyMs = defaultEveryMs,
  ) {
    this.#subscriptions = [session.onDidChange(() => this.#update()), localNode.onDidChange(() => this.#update())]
  }

  /** Whether this window asks at all. */
  get isAttached(): boolean {
    return this.#timer !== undefined
  }

  #update(): void {
    const { endpoint, isRunning } = this.localNode
    const isAttached = isRunning && this.session.network.endpoints[0] === endpoint
    if (isAttached === this.isAttached) return
    clearInterval(this.#timer)
    this.#timer = isAttached ? setInterval(() => void this.localNode.check(), this.everyMs).unref() : undefined
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose()
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
