import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { AlephHttpClient } from '../../../src/client/client.js'
import type { WebSocketConstructor, WebSocketLike } from '../../../src/client/http/transport.js'
import { FakeClock, fakeFetch, refused } from '../../helpers/fakes.js'
import { signed, type Signed } from '../../helpers/signed.js'

/** Lets everything happen that is about to. */
const settle = async () => {
  for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve))
}

/** A node in memory: what it lists, and who listens. */
class MemoryNode {
  readonly messages: Signed[] = []
  readonly sockets = new Set<WebSocketLike>()
  isDown = false
  refusesSockets = false

  readonly fetch = fakeFetch(({ url }) => {
    if (this.isDown) return refused()
    const { searchParams } = url
    const from = Number(searchParams.get('startDate') || -Infinity)
    const order = Number(searchParams.get('sortOrder'))
    const rows = this.messages.filter(({ time }) => time >= from).sort((a, b) => (a.time - b.time) * order)
    const start = Number(searchParams.get('cursor') || 0)
    const end = start + 3
    return { body: { messages: rows.slice(start, end), next_cursor: end < rows.length ? String(end) : null } }
  })

  socketClass(): WebSocketConstructor {
    const node = this as MemoryNode
    return class implements WebSocketLike {
      onopen: ((event: never) => void) | null = null
      onmessage: ((event: { data: unknown }) => void) | null = null
      onerror: ((event: never) => void) | null = null
      onclose: ((event: { code: number; reason: string }) => void) | null = null
      constructor() {
        setImmediate(() => {
          if (node.isDown || node.refusesSockets) return this.onclose?.({ code: 1006, reason: '' })
          node.sockets.add(this)
          this.onopen?.(undefined as never)
        })
      }
      close() {
        node.sockets.delete(this)
      }
    }
  }

  send(data: unknown): void {
    for (const { onmessage } of this.sockets) onmessage?.({ data })
  }

  drop(): void {
    for (const socket of this.sockets) {
      this.sockets.delete(socket)
      socket.onclose?.({ code: 1006, reason: '' })
    }
  }
}

type Step =
  { do: 'live' | 'missed' | 'twice'; lateSeconds: number } | { do: 'drop' | 'down' | 'up' | 'refuse' | 'garbage' }

const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constantFrom('live' as const, 'missed' as const, 'twice' as const),
      lateSeconds: fc.integer({ min: 0, max: 800 }),
    }),
    fc.record({
      do: fc.constantFrom('drop' as const, 'down' as const, 'up' as const, 'refuse' as const, 'garbage' as const),
    }),
  ),
  { maxLength: 25 },
)

describe('messages.watch, whatever happens', () => {
  it('gives every message that the node lists, exactly once', async () => {
    let n = 0
    const run = async (plan: Step[]) => {
      const node = new MemoryNode()
      const clock = new FakeClock()
      const post = (lateSeconds: number) =>
        signed('POST', { time: clock.now() / 1000 - lateSeconds, type: 'note', content: { n: ++n } })
      node.messages.push(post(100), post(50))
      const aleph = new AlephHttpClient({
        ...{ endpoints: 'https://node.example', fetch: node.fetch, clock, retries: 1, random: () => 0.5 },
        webSocket: node.socketClass(),
      })
      const controller = new AbortController()
      const seen: string[] = []
      let wake = () => undefined as void
      const watching = (async () => {
        for await (const row of aleph.messages.watch({}, { signal: controller.signal, pollMs: 1000 })) {
          if (row.message) seen.push(row.item_hash)
          wake()
        }
      })()
      while (!node.sockets.size) await settle()
      for (const step of plan) {
        if ('lateSeconds' in step) {
          const message = post(step.lateSeconds)
          node.messages.push(message)
          for (let i = 0; i < { missed: 0, live: 1, twice: 2 }[step.do]; i++) node.send(JSON.stringify(message))
        } else if (step.do === 'garbage') node.send('{')
        else if (step.do === 'refuse') node.refusesSockets = true
        else if (step.do === 'up') node.isDown = node.refusesSockets = false
        else {
          node.isDown = step.do === 'down'
          node.drop()
        }
        await settle()
      }
      node.isDown = node.refusesSockets = false
      const expected = node.messages.slice(2).map(({ item_hash }) => item_hash)
      while (seen.length < expected.length) await new Promise<void>(resolve => (wake = resolve))
      for (let i = 0; i < 20; i++) await settle()
      controller.abort()
      await watching
      assert.deepEqual([...seen].sort(), expected.sort())
    }
    await fc.assert(fc.asyncProperty(steps, run), { numRuns: 40 })
  }).timeout(60_000)
})
