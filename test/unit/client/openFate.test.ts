// Whatever becomes of an answer, a message is published once: every call, retried as its error says.
import { strict as assert } from 'node:assert'
import {
  AlephHttpClient,
  ETHAccount,
  openEnvelope,
  type Envelope,
  type UploadRecord,
} from '../../../src/client/index.js'
import { AlephError, isAlephError } from '../../../src/client/errors.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { impatientClock } from '../../helpers/fakes.js'
import { FaultProxy, faultNames, seeded } from '../../helpers/faultProxy.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'

const seeds = Array.from({ length: Number(process.env.FATE_SEEDS ?? 4) }, (_, seed) => seed)

describe('a message whose fate is open', function () {
  this.timeout(120_000)
  const node = useLocalNode({}, { each: true })
  let proxy: FaultProxy
  beforeEach(async () => (proxy = await FaultProxy.start(node().url)))
  afterEach(() => proxy.close())

  const clientOf = (account: ETHAccount, retries: number) =>
    new AlephHttpClient({ endpoints: proxy.url, account, retries, clock: impatientClock(testDate), random: () => 0 })

  const listed = async (type: string) => {
    const answer = await fetch(`${node().url}/api/v0/messages.json?msgTypes=${type}&pagination=200`)
    return ((await answer.json()) as { messages: { item_hash: string; item_content: string }[] }).messages
  }

  /** Every kind of write, and how the same bytes of it are sent again. */
  function writes(aleph: AlephHttpClient, signed: Envelope[]) {
    const onSigned = (envelope: Envelope) => void signed.push(envelope)
    const resend = (envelope: Envelope) => aleph.messages.resend(envelope)
    const bytes = (text: string) => new TextEncoder().encode(text)
    const file = (text: string, engine: 'ipfs' | 'storage') => ({
      call: () => aleph.storage.storeFile(bytes(text), { filename: 'a.txt', engine, onSigned }),
      again: (envelope: Envelope) => aleph.storage.storeFile(bytes(text), { resend: envelope }),
    })
    const folder = [{ path: 'index.html', source: bytes('<p>') }]
    return {
      ipfs: file('on ipfs', 'ipfs'),
      storage: file('in storage', 'storage'),
      folder: {
        call: () => aleph.ipfs.addFolder(folder, { filename: 'site', onSigned }),
        again: (envelope: Envelope) => aleph.ipfs.addFolder(folder, { filename: 'site', resend: envelope }),
      },
      value: { call: () => aleph.storage.store('hi', { onSigned }), again: resend },
      large: { call: () => aleph.storage.store('x'.repeat(60_000), { onSigned }), again: resend },
      entry: { call: () => aleph.aggregate.update('users', 'a', { age: 1 }, { onSigned }), again: resend },
      entries: { call: () => aleph.aggregate.merge('users', { b: 1, c: 2 }, { onSigned }), again: resend },
    }
  }

  /** Calls, and does with an error what its kind asks for, until it is done. */
  async function untilDone(
    call: () => Promise<{ item_hash: string }>,
    again: (envelope: Envelope) => Promise<{ item_hash: string }>,
  ): Promise<{ item_hash: string }> {
    let open: Envelope | undefined
    let last: unknown
    for (let tries = 0; tries < 60; tries++)
      try {
        const result = await (open ? again(open) : call())
        if (open) assert.equal(result.item_hash, open.item_hash)
        return result
      } catch (error) {
        if (!isAlephError(error)) throw error
        last = error
        const envelope = openEnvelope(error)
        if (open && !envelope && error.code !== 'NETWORK' && !error.retryable) throw error
        if (envelope) assert.equal(error.details.item_hash, envelope.item_hash)
        open = envelope ?? open
      }
    throw new Error('It never came through.', { cause: last })
  }

  for (const fault of faultNames)
    for (const retries of [0, 2])
      it(`is published once: ${fault}, ${retries} retries`, async () => {
        const aleph = clientOf(await developmentAccount(0), retries)
        const signed: Envelope[] = []
        for (const [name, { call, again }] of Object.entries(writes(aleph, signed))) {
          let left = 1 + retries
          const isPublication = (path: string) => /\/(messages|add_file|add_car)$/.test(path)
          proxy.choose = ({ method, path }) =>
            method === 'POST' && isPublication(path) && left-- > 0 ? fault : undefined
          const before = signed.length
          await untilDone(call, again)
          assert.ok(left < 1 + retries, `${name} met the fault`)
          assert.ok(signed.length - before >= 1, name)
        }
        assert.equal((await listed('STORE')).length, 3)
        assert.equal((await listed('POST')).length, 2)
        assert.equal((await listed('AGGREGATE')).length, 2)
      })

  for (const seed of seeds)
    for (const [kind, index] of [
      ['funded', 0],
      ['unfunded', undefined],
    ] as const)
      it(`is published once under any faults: seed ${seed}, ${kind}`, async () => {
        const random = seeded(seed * 2 + (index ?? 1))
        const account = index === undefined ? await ETHAccount.fromMnemonic(poor) : await developmentAccount(index)
        const aleph = clientOf(account, seed % 2)
        proxy.choose = ({ method }) =>
          random() < (method === 'POST' ? 0.6 : 0.15) ? faultNames[Math.floor(random() * faultNames.length)] : undefined
        const all = writes(aleph, [])
        const results: string[] = []
        const stores = index === undefined ? (['ipfs'] as const) : (['ipfs', 'storage', 'folder'] as const)
        for (const name of stores) results.push((await untilDone(all[name].call, all[name].again)).item_hash)
        for (const name of ['value', 'large', 'entry', 'entries'] as const)
          results.push((await untilDone(all[name].call, all[name].again)).item_hash)

        const resend = (envelope: Envelope) => aleph.messages.resend(envelope)
        const value = results[stores.length] as string
        const amend = await untilDone(() => aleph.messages.amend(value, 'newer'), resend)
        const forget = await untilDone(() => aleph.messages.forget(results[stores.length + 1] as string), resend)

        // A file in chunks goes on by its record.
        let record: UploadRecord | undefined
        const onRecord = (now: UploadRecord) => void (record = now)
        const source = new Uint8Array(2.5 * 1024 * 1024).fill(seed)
        const engine = 'ipfs'
        const chunked = await untilDone(
          () =>
            aleph.storage.storeFile(
              source,
              record ? { resume: record, onRecord } : { chunkSize: 2 ** 20, engine, onRecord },
            ),
          resend,
        )

        // What a batch left open is sent again, what it left undone is called again.
        const done = new Map<number, string>()
        let left = [0, 1, 2, 3, 4, 5]
        const items = left.map(n => (n < 3 ? { store: n } : { aggregate: `list${n}`, key: 'k', document: n }))
        while (left.length) {
          const outcomes = await aleph.batch(left.map(n => items[n] as { store: number }))
          for (const [i, outcome] of outcomes.entries()) {
            const n = left[i] as number
            if (outcome.status === 'fulfilled') done.set(n, outcome.value.item_hash)
            else {
              const envelope = openEnvelope(outcome.reason)
              if (envelope) done.set(n, (await untilDone(() => resend(envelope), resend)).item_hash)
            }
          }
          left = left.filter(n => !done.has(n))
        }

        proxy.choose = () => undefined
        await node().idle()
        const expected = {
          STORE: stores.length + 3,
          POST: 2 - 1 + 1 + 1 + 3,
          AGGREGATE: 2 + 3,
          FORGET: 1,
        }
        for (const [type, count] of Object.entries(expected))
          assert.equal((await listed(type)).length, count, `${type} by ${JSON.stringify([...proxy.hits])}`)
        const live = new Set(
          (await Promise.all(Object.keys(expected).map(listed))).flat().map(({ item_hash }) => item_hash),
        )
        const forgotten = results[stores.length + 1]
        for (const hash of [...results, amend.item_hash, forget.item_hash, chunked.item_hash, ...done.values()])
          assert.equal(live.has(hash), hash !== forgotten, hash)
      })

  it('is journaled before its first byte leaves, and what that throws ends the call', async () => {
    const aleph = clientOf(await developmentAccount(0), 0)
    for (const write of [
      (onSigned: () => void) => aleph.storage.store(1, { onSigned }),
      (onSigned: () => void) => aleph.storage.storeFile(new Uint8Array(9), { filename: 'x', onSigned }),
      (onSigned: () => void) => aleph.storage.storeFile(new Uint8Array(9), { filename: '%22', onSigned }),
      (onSigned: () => void) => aleph.aggregate.update('a', 'b', 1, { onSigned }),
    ])
      await assert.rejects(
        write(() => {
          throw new AlephError('IO', 'The disk is full.')
        }),
        (error: AlephError) => error.code === 'IO' && openEnvelope(error) === undefined,
      )
    for (const type of ['POST', 'STORE', 'AGGREGATE']) assert.equal((await listed(type)).length, 0)
  })

  it('is not open after a refusal: another one may be signed', async () => {
    for (const status of [400, 401, 402, 403, 413, 422]) {
      const aleph = new AlephHttpClient({
        endpoints: 'https://node.example',
        account: await developmentAccount(0),
        fetch: async () => new Response('no', { status }),
        retries: 0,
      })
      await assert.rejects(aleph.storage.store(1), error => openEnvelope(error) === undefined)
    }
  })

  it('stays open when a later request is refused', async () => {
    const answers = [{ status: 502 }, { status: 404 }, { status: 403 }]
    const aleph = new AlephHttpClient({
      endpoints: 'https://node.example',
      account: await developmentAccount(0),
      // Asked for its time first.
      fetch: async (_, { method }) => (method === 'HEAD' ? new Response() : new Response('no', answers.shift())),
      retries: 2,
      clock: impatientClock(testDate),
    })
    await assert.rejects(aleph.storage.store(1), (error: AlephError) => {
      assert.equal(error.code, 'NETWORK')
      return openEnvelope(error) !== undefined
    })
  })

  it('is judged on its own where a copy with another signature was rejected', async () => {
    const aleph = clientOf(await developmentAccount(0), 0)
    let envelope: Envelope | undefined
    proxy.choose = ({ method }) => (method === 'POST' ? 'unsent' : undefined)
    await assert.rejects(aleph.storage.store('copied', { onSigned: each => void (envelope = each) }))
    proxy.choose = () => undefined
    assert.ok(envelope)
    const copy = { ...envelope, signature: `0x${'11'.repeat(65)}` }
    const body = JSON.stringify({ sync: true, message: copy })
    assert.equal((await fetch(`${proxy.url}/api/v0/messages`, { method: 'POST', body })).status, 422)
    assert.equal((await aleph.messages.resend(envelope)).status, 'processed')
  })

  it('is refused when it was changed, and a file when its source was', async () => {
    const aleph = clientOf(await developmentAccount(0), 0)
    let envelope: Envelope | undefined
    proxy.choose = ({ method }) => (method === 'POST' ? 'unsent' : undefined)
    const source = new Uint8Array([1, 2, 3])
    const onSigned = (each: Envelope) => void (envelope = each)
    await assert.rejects(aleph.storage.storeFile(source, { filename: 'x', engine: 'storage', onSigned }))
    proxy.choose = () => undefined
    assert.ok(envelope)
    const changed = { ...envelope, item_content: `${envelope.item_content} ` }
    await assert.rejects(aleph.messages.resend(changed), { code: 'INVALID_INPUT', message: /was changed/ })
    const other = { ...envelope, signature: `0x${'11'.repeat(65)}` }
    await assert.rejects(aleph.messages.resend(other), { code: 'INVALID_INPUT', message: /was changed/ })
    await assert.rejects(aleph.storage.storeFile(source, { resend: other }), { code: 'INVALID_INPUT' })
    await assert.rejects(aleph.storage.storeFile(new Uint8Array([9]), { resend: envelope }), (error: AlephError) => {
      assert.equal(error.code, 'INVALID_INPUT')
      return openEnvelope(error)?.item_hash === envelope?.item_hash
    })
    assert.equal((await listed('STORE')).length, 0)
    const stored = await aleph.storage.storeFile(source, { resend: envelope })
    assert.deepEqual([stored.item_hash, stored.status, stored.size], [envelope.item_hash, 'processed', 3])
  })

  it('asks at once what was forgotten already or never was', async () => {
    const aleph = clientOf(await developmentAccount(0), 0)
    const [one, two] = [await aleph.storage.store(1), await aleph.storage.store(2)]
    const unknown = 'ab'.repeat(32)
    await assert.rejects(aleph.messages.forget(unknown), { code: 'NOT_FOUND', message: /doesn't know it/ })
    await aleph.messages.forget(one.item_hash)
    await assert.rejects(aleph.messages.forget(one.item_hash), { code: 'FORGOTTEN', message: /already forgotten/ })
    await assert.rejects(aleph.messages.forget([one.item_hash, two.item_hash]), (error: AlephError) => {
      assert.deepEqual(error.details.item_hashes, [one.item_hash])
      return error.code === 'FORGOTTEN'
    })
    assert.equal((await listed('FORGET')).length, 1)
  })
})

const poor = 'test test test test test test test test test test test junk'
