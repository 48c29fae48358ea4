import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { AlephError, type MessageRow } from '../../../src/client/index.js'
import { checkPermission, securityContent } from '../../../src/core/delegation.js'
import type { StorageClient } from '../../../src/core/storageClient.js'
import { untranslated } from '../../../src/shared/translate.js'
import { badRow, fakeClient, messageRow, owner } from './fakes.js'

const delegate = '0x51A58800b26AA1451aaA803d1746687cB88E0501'
const entry = { address: delegate, chain: 'ETH', types: ['POST', 'AGGREGATE', 'STORE', 'FORGET'] }
const carol = { address: '0xCaro1', types: ['POST'] }

const element = (number: number, content: object, more: object = {}) =>
  messageRow(number, { key: 'security', content }, { type: 'AGGREGATE', ...more })

/** A node with these rows, in pages. */
const nodeWith = (...pages: MessageRow[][]): StorageClient =>
  fakeClient({
    messages: {
      list: filter => {
        deepEqual(filter, { types: ['AGGREGATE'], owners: [owner] })
        const all = async function* () {
          yield* pages
        }
        return { pages: all } as never
      },
    },
  })

describe('the entry that an owner signs', () => {
  it('stands alone where nothing was granted yet', async () => {
    deepEqual(await securityContent(nodeWith([]), owner, delegate), {
      content: { authorizations: [entry] },
      keptEntries: 0,
      isComplete: true,
    })
  })

  it('keeps what the newest signed element grants, and other fields', async () => {
    const rows = [
      element(30, { authorizations: [carol] }),
      messageRow(40, { key: 'profile', content: { authorizations: ['not these'] } }, { type: 'AGGREGATE' }),
      element(20, { authorizations: [{ address: '0xOld' }], note: 'kept' }),
    ]
    const { content, keptEntries, isComplete } = await securityContent(
      nodeWith(rows.slice(0, 1), rows.slice(1)),
      owner,
      delegate,
    )
    deepEqual(content, { authorizations: [carol, entry], note: 'kept' })
    deepEqual([keptEntries, isComplete], [1, true])
  })

  it('is not there twice', async () => {
    const rows = [element(1, { authorizations: [{ address: delegate.toLowerCase(), types: ['POST'] }, carol, null] })]
    const { content } = await securityContent(nodeWith(rows), owner, delegate)
    deepEqual(content, { authorizations: [carol, null, entry] })
  })

  it('keeps nothing that nobody had the right to write', async () => {
    const rows = [
      element(1, { authorizations: [{ address: '0xMallory' }] }, { authority: 'unproven', sender: '0xMallory' }),
    ]
    deepEqual((await securityContent(nodeWith(rows), owner, delegate)).content, { authorizations: [entry] })
  })

  it('stands alone, and says so, where something may be missing', async () => {
    const broken = badRow(3, new AlephError('INTEGRITY', 'x'))
    const many = Array.from({ length: 6 }, (_, page) => [element(page, { authorizations: [carol] })])
    const failing = fakeClient({
      messages: {
        list: () =>
          ({
            pages: async function* () {
              throw new AlephError('NETWORK', 'not reachable')
            },
          }) as never,
      },
    })
    for (const client of [nodeWith([element(1, { authorizations: [carol] }), broken]), nodeWith(...many), failing]) {
      const { content, isComplete } = await securityContent(client, owner, delegate)
      deepEqual([content, isComplete], [{ authorizations: [entry] }, false])
    }
  })
})

describe('the permission of a key', () => {
  const check = (content: unknown, channel?: string) =>
    checkPermission(
      fakeClient({
        aggregate: {
          get: async (key, entry, options) => {
            deepEqual([key, entry, options], ['security', undefined, { owner }])
            if (content === undefined) throw new AlephError('NOT_FOUND', 'x')
            return content
          },
        },
      }),
      { address: delegate, name: 'laptop', owner, channel },
      untranslated,
    )
  const of = (...authorizations: unknown[]) => ({ authorizations })

  it('is granted by the entry, in any case of the address, or by several together', async () => {
    for (const content of [
      of(carol, entry),
      of({ address: delegate.toLowerCase() }),
      of({ ...entry, types: ['POST', 'STORE'] }, { ...entry, types: ['AGGREGATE', 'FORGET'] }),
      of({ ...entry, channels: [], post_types: [], aggregate_keys: [] }),
    ])
      deepEqual(await check(content), {
        isGranted: true,
        text: '0x34f3…5dF3 allows laptop to publish and forget for them.',
      })
    equal((await check(of({ ...entry, channels: ['blog'] }), 'blog')).isGranted, true)
  })

  for (const [name, content, pattern] of [
    ['there is no aggregate', undefined, /has not allowed the key 0x51A5…0501 \(laptop\)/],
    ['it is for others', of(carol), /has not allowed/],
    ['it is for another chain', of({ ...entry, chain: 'SOL' }), /has not allowed/],
    ['it is no list', { authorizations: entry }, /has not allowed/],
    ['it makes no sense', of(null, 7, 'x', { types: [] }), /has not allowed/],
    ['it lacks types', of({ ...entry, types: ['POST', 'AGGREGATE'] }), /but not to publish STORE, FORGET\.$/],
    [
      'it is for channels',
      of({ ...entry, channels: ['blog'] }),
      /certain channels only, and the setting .* names none/,
    ],
    ['it is for certain posts', of({ ...entry, post_types: ['article'] }), /certain posts or aggregates only/],
    ['it is for certain aggregates', of({ ...entry, aggregate_keys: ['users'] }), /certain posts or aggregates only/],
  ] as const)
    it(`is told to be missing where ${name}`, async () => {
      const { isGranted, text } = await check(content)
      equal(isGranted, false)
      match(text, pattern)
    })

  it('names the channel of the settings that it does not cover', async () => {
    const { isGranted, text } = await check(of({ ...entry, channels: ['blog'] }), 'news')
    ok(!isGranted)
    match(text, /on the channel news of the setting/)
  })

  it('is unknown while the node can not be asked', async () => {
    const client = fakeClient({ aggregate: { get: () => Promise.reject(new AlephError('NETWORK', 'x')) } })
    await rejects(
      checkPermission(client, { address: delegate, name: 'laptop', owner, channel: undefined }, untranslated),
      { code: 'NETWORK' },
    )
  })
})
