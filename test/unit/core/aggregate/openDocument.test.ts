import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { AlephHttpClient, type Envelope } from '../../../../src/client/index.js'
import type { BaseStore } from '../../../../src/core/aggregate/base.js'
import type { AggregateDocument } from '../../../../src/core/aggregate/document.js'
import { AggregateDocuments } from '../../../../src/core/aggregate/documents.js'
import { readDocumentText } from '../../../../src/core/aggregate/text/documentText.js'
import { textsOf, type Entries } from '../../../../src/core/aggregate/entries.js'
import { LineIndex } from '../../../../src/core/aggregate/text/positions.js'
import { historyState } from '../../../../src/core/aggregate/revisions.js'
import { editorStatus } from '../../../../src/core/aggregate/status.js'
import { developmentSigner } from '../../../../src/core/developmentAccounts.js'
import { forgetBatches, forgetOnce } from '../../../../src/core/forgetBatches.js'
import { Format } from '../../../../src/core/format.js'
import type { LocalNode } from '../../../../src/localNode/index.js'
import { isGap } from '../../../../src/shared/editorProtocol.js'
import { untranslated as t } from '../../../../src/shared/translate.js'
import { publish, signed } from '../../../helpers/signed.js'
import { developmentAccounts, testDate, useLocalNode } from '../../../helpers/localNode.js'
import { makeSession, owner } from '../fakes.js'

const entriesOf = (text: string): Entries => textsOf(readDocumentText(text).entries ?? new Map())

describe('an aggregate that is open', () => {
  const node = useLocalNode()
  let client: AlephHttpClient
  let documents: AggregateDocuments
  let kept: Map<string, string>
  let number = 0
  let key = ''
  let nowMs = testDate

  const address = () => ({ networkId: 'node', owner, key })
  const open = () => documents.open(address())

  function makeDocuments(bases: BaseStore, url = node().url) {
    const { session } = makeSession([{ name: 'node', url, development: true }])
    return new AggregateDocuments({
      ...{ session, bases, t },
      clientFor: () => client,
      channel: () => undefined,
      now: () => nowMs,
      onError: error => {
        throw error
      },
    })
  }

  const memory = (files: Map<string, string>): BaseStore => ({
    read: async name => files.get(name),
    write: async (name, text) => void files.set(name, text),
    remove: async name => void files.delete(name),
  })

  beforeEach(async () => {
    client = new AlephHttpClient({ endpoints: node().url, account: await developmentSigner(owner), retries: 0 })
    key = `doc/${++number}`
    nowMs = testDate
    kept = new Map()
    documents = makeDocuments(memory(kept))
    await client.aggregate.create(key, { name: 'John', n: 1 }, { key: 'john' })
    await client.aggregate.create(key, { name: 'Kid' }, { key: 'kid' })
  })

  afterEach(() => documents.dispose())

  /** An element that the node refuses, because its signer may not write for the owner. */
  async function refused() {
    const stranger = await developmentSigner(developmentAccounts()[1]?.address ?? '')
    const aleph = new AlephHttpClient({ endpoints: node().url, account: stranger, retries: 0 })
    let envelope: Envelope | undefined
    const onSigned = (each: Envelope) => void (envelope = each)
    await rejects(aleph.aggregate.merge(key, { john: 3 }, { owner, onSigned }), { code: 'REJECTED' })
    ok(envelope)
    return { item_hash: envelope.item_hash, envelope }
  }

  const shown = (document: AggregateDocument, text = document.saved.text) =>
    editorStatus(
      document,
      { text, read: readDocumentText(text), lines: new LineIndex(text) },
      { format: new Format('en'), t },
    )
  const rows = (document: AggregateDocument) =>
    historyState(document, { format: new Format('en'), t, nameOf: () => undefined }).rows

  it('has the text of its verified revisions, and is loaded once', async () => {
    const [document, again] = await Promise.all([open(), open()])
    equal(document, again)
    equal(
      document.saved.text,
      '{\n  "john": {\n    "name": "John",\n    "n": 1\n  },\n  "kid": {\n    "name": "Kid"\n  }\n}\n',
    )
    equal(document.publisher.account?.name, 'development 1')
    equal(shown(document).publish.summary, 'Nothing to publish')
    equal(documents.get(address()), document)
  })

  it('is not there when nobody published it, unless it is being made', async () => {
    key = 'not/there'
    await rejects(open(), { code: 'NOT_FOUND' })
    documents.draft(address())
    const document = await open()
    equal(document.saved.text, '{}\n')
    deepEqual(document.plan(entriesOf('{"a":1}'))?.changes, { added: ['a'], changed: [], removed: [] })
  })

  it('is read-only where VS Code has its text read-only or misread, and says what can be done', async () => {
    const document = await open()
    const { text } = document.saved
    const status = (isReadonly: boolean) =>
      editorStatus(
        document,
        {
          ...{ text, read: readDocumentText(text), lines: new LineIndex(text) },
          refusal: { reason: 'because', isReadonly },
        },
        { format: new Format('en'), t },
      )
    for (const isReadonly of [true, false]) {
      const { isReadOnly, readOnlyReason, publish, banner } = status(isReadonly)
      deepEqual([isReadOnly, readOnlyReason, publish.isEnabled, publish.summary], [true, 'because', false, 'because'])
      deepEqual([banner?.message, banner?.actions.map(({ id }) => id)], ['because', isReadonly ? ['makeEditable'] : []])
    }
  })

  it('publishes what changed, and nothing else', async () => {
    const document = await open()
    const mine = entriesOf('{"john":{"name":"John","n":2},"kid":{"name":"Kid"}}')
    const plan = document.plan(mine)
    deepEqual(plan?.changes, { added: [], changed: ['john'], removed: [] })
    const account = await developmentSigner(owner)
    ok(await document.publish(new Map([['john', mine.get('john') ?? '']]), { account, channel: 'TEST' }))
    await document.refresh()
    document.rebase()
    const [newest] = document.history.elements
    deepEqual([...(newest?.entries ?? [])], [['john', '{"name":"John","n":2}']])
    equal(newest?.channel, 'TEST')
    equal(document.base?.head, newest?.item_hash)
  })

  it('says what a text would publish, and what keeps it from that', async () => {
    const document = await open()
    const changed = shown(document, '{\n"john": 1,\n"new": [\n2\n]\n}')
    equal(changed.publish.summary, 'john changed, new added, kid removed · 20 bytes to publish · public')
    equal(changed.publish.isEnabled, true)
    deepEqual(changed.changes, [
      { firstLine: 2, lastLine: 4, kind: 'added' },
      { firstLine: 1, lastLine: 1, kind: 'changed' },
    ])
    const broken = shown(document, '{"john": }')
    equal(broken.publish.isEnabled, false)
    equal(broken.publish.summary, '1 error to mend before publishing')
    equal(broken.problems[0]?.start.character, 9)
  })

  it('follows others while it is clean, and keeps the formatting of what they did not touch', async () => {
    const document = await open()
    document.accept('{"kid":    {"name":"Kid"}, "john": {"n": 1, "name": "John"}}')
    const { modified } = document.saved
    await client.aggregate.create(key, 5, { key: 'five' })
    await document.refresh()
    ok(document.isOutdated)
    let told = 0
    document.onDidChangeText(() => told++)
    document.adopt()
    equal(told, 1)
    equal(document.isOutdated, false)
    ok(document.saved.modified > modified)
    ok(document.saved.text.includes('"kid":    {"name":"Kid"}'), document.saved.text)
    deepEqual(JSON.parse(document.saved.text), { kid: { name: 'Kid' }, john: { n: 1, name: 'John' }, five: 5 })
  })

  it('keeps what it was loaded from when another value is saved', async () => {
    const document = await open()
    document.accept('{"john": "mine", "kid": {"name": "Kid"}}')
    deepEqual(document.plan(entriesOf(document.saved.text))?.changes.changed, ['john'])
  })

  it('tells what others changed too from what they alone changed', async () => {
    const document = await open()
    document.isDirty = true
    await client.aggregate.update(key, 'kid', { name: 'Kidd' })
    await client.aggregate.create(key, 7, { key: 'seven' })
    await document.refresh()
    const text = '{"john": 2, "kid": {"name": "Kim"}}'
    const plan = document.plan(entriesOf(text))
    deepEqual([plan?.conflicts, plan?.theirs], [['kid'], ['seven']])
    deepEqual([...(plan?.merged.keys() ?? [])], ['john', 'kid', 'seven'])
    match(shown(document, text).banner?.message ?? '', /Others changed kid too/)
    document.rebase()
    deepEqual(document.plan(entriesOf(text))?.conflicts, [])
    equal(shown(document, text).banner, undefined)
  })

  it('keeps its text when every revision is forgotten, and can be published anew', async () => {
    const document = await open()
    const { text } = document.saved
    await client.aggregate.deleteAll(key)
    await document.reload()
    ok(document.isGone)
    document.rebase()
    match(shown(document, text).banner?.message ?? '', /Every revision was forgotten/)
    deepEqual(document.plan(entriesOf(text))?.changes.added, ['john', 'kid'])
    const [gap] = rows(document)
    ok(gap && isGap(gap))
    deepEqual([gap.count, gap.reason], [2, '2 revisions that were forgotten'])
  })

  it('shows a gap where something was forgotten before it was opened, and asks for that once', async () => {
    const { item_hash } = await client.aggregate.create(key, 1, { key: 'one' })
    await client.messages.forget(item_hash)
    const document = await open()
    let asked = 0
    const { forgotten } = client.aggregate
    client.aggregate.forgotten = (...args) => {
      asked++
      return forgotten(...args)
    }
    await document.history.prefetch(1000)
    await document.history.prefetch(1000)
    equal(asked, 1)
    const gap = rows(document).find(isGap)
    ok(gap)
    match(gap.reason, /forgotten element/)
  })

  it('works out what follows from the revisions only when they change', async () => {
    const document = await open()
    const { entries } = document.history
    await document.history.loadMore()
    equal(document.history.entries, entries)
    await client.aggregate.create(key, 1, { key: 'one' })
    await document.refresh()
    equal(document.history.entries.get('one'), '1')
  })

  it('comes back after a reload with its base, though others wrote meanwhile', async () => {
    const document = await open()
    document.isDirty = true
    documents.keep(document)
    await documents.written
    await client.aggregate.update(key, 'john', 'theirs')

    documents = makeDocuments(memory(kept))
    const back = await open()
    ok(back.isKept)
    equal(back.saved.text, document.saved.text)
    deepEqual(back.plan(entriesOf('{"john": "mine", "kid": {"name": "Kid"}}'))?.conflicts, ['john'])
    equal(back.publisher.account?.address, owner)

    documents.release(address())
    await documents.written
    equal(kept.size, 0)
  })

  it('comes back although no node answers, and says so', async () => {
    const document = await open()
    document.isDirty = true
    documents.keep(document)
    await documents.written
    client = new AlephHttpClient({ endpoints: 'http://127.0.0.1:9', retries: 0 })
    documents = makeDocuments(memory(kept))
    const back = await open()
    equal(back.saved.text, document.saved.text)
    const { banner } = shown(back)
    equal(banner?.severity, 'error')
    deepEqual(
      banner?.actions.map(({ id }) => id),
      ['retry'],
    )
    await rejects(back.refresh(), { code: 'NETWORK' })
  })

  it('reads nothing of another document from a file of its own', async () => {
    const document = await open()
    documents.keep(document)
    await documents.written
    const [[name, text] = ['', '']] = kept
    for (const other of [
      text.replaceAll(key, 'other'),
      text.replace('"version":1', '"version":9'),
      'null',
      '{',
      '[]',
    ]) {
      kept.set(name, other)
      documents = makeDocuments(memory(kept))
      equal((await open()).isKept, false, other)
    }
  })

  it('publishes nothing without knowing what the text was made from ', async () => {
    const document = await open()
    document.loseBase()
    equal(document.plan(entriesOf('{}')), undefined)
    const status = shown(document, '{"x": 1}')
    equal(status.publish.isEnabled, false)
    deepEqual(
      status.banner?.actions.map(({ id }) => id),
      ['compare'],
    )
  })

  it('is read-only for who has no right, and says why', async () => {
    documents.draft({ networkId: 'node', owner: '0xB68B9D4f3771c246233823ed1D3Add451055F9Ef', key: 'x' })
    const foreign = await documents.open({
      networkId: 'node',
      owner: '0xB68B9D4f3771c246233823ed1D3Add451055F9Ef',
      key: 'x',
    })
    match(foreign.publisher.refusal ?? '', /has not allowed development 1 to write/)
    const status = shown(foreign)
    deepEqual([status.isReadOnly, status.canPublish, status.publish.isEnabled], [true, false, false])
  })

  it('is read-only where it holds permissions', async () => {
    key = 'security'
    documents.draft(address())
    match((await open()).publisher.refusal ?? '', /permissions of its owner/)
  })

  it('can be read under a key that no node can be asked for', async () => {
    key = `a,b ${number}`
    await publish(node().url, signed('AGGREGATE', { key, content: { a: 1 } }))
    equal((await open()).saved.text, '{\n  "a": 1\n}\n')
  })

  it('lists what each revision did, newest first, and who did it', async () => {
    await client.aggregate.delete(key, 'kid')
    await client.aggregate.update(key, 'john', 2)
    const document = await open()
    await document.history.loadAll()
    const list = rows(document).map(row =>
      isGap(row) ? 'gap' : [row.number, row.author, row.entries.map(({ name, kind }) => `${kind} ${name}`), row.isBase],
    )
    deepEqual(list, [
      [4, 'you', ['changed john'], true],
      [3, 'you', ['nulled kid'], false],
      [2, 'you', ['added kid'], false],
      [1, 'you', ['added john'], false],
    ])
    const oldest = document.history.elements.at(-1)
    ok(oldest)
    deepEqual([...((await document.history.entriesAt(oldest.item_hash)) ?? [])], [['john', '{"name":"John","n":1}']])
    equal(document.history.before(oldest.item_hash), undefined)
  })

  it('shows what the node is asked about and has not decided', async () => {
    const document = await open()
    const [head] = document.history.elements
    ok(head)
    document.resume({ itemHash: 'f'.repeat(64), time: head.time + 1, entries: new Map([['john', '3']]) })
    const [row] = rows(document)
    ok(row && !isGap(row))
    deepEqual([row.state, row.entries], ['pending', [{ name: 'john', kind: 'changed' }]])
    // It counts as published, and what is changed beside it can be published.
    equal(document.plan(entriesOf('{"john":3,"kid":{"name":"Kid"}}'))?.changes.changed.length, 0)
    equal(shown(document, '{"john": 4}').publish.isEnabled, true)
    // The node doesn't know such a message: it may wait in its queue.
    await document.refresh()
    equal(document.pending[0]?.missingSinceMs, nowMs)
    nowMs += 24 * 3_600_000
    await document.refresh()
    const [rejected] = rows(document)
    ok(rejected && !isGap(rejected))
    equal(rejected.state, 'rejected')
    equal(shown(document).banner?.severity, 'error')
    document.dismissRejected()
    equal(shown(document).banner, undefined)
  })

  it('signs nothing twice when an answer is lost: the same message is kept, found or sent again', async () => {
    const account = await developmentSigner(owner)
    const elements = async () => {
      const answer = await fetch(`${node().url}/api/v0/messages.json?msgTypes=AGGREGATE&owners=${owner}&pagination=200`)
      const { messages } = (await answer.json()) as { messages: { content: { key: string } }[] }
      return messages.filter(({ content }) => content.key === key).length
    }
    const text = '{"john":{"name":"John","n":2},"kid":{"name":"Kid"}}'
    const change = new Map([['john', '{"name":"John","n":2}']])
    for (const fault of ['lost', 'reset']) {
      const document = await open()
      document.isDirty = true
      const before = await elements()
      const restore = withoutAnswers(node(), fault)
      await rejects(document.publish(change, { account, channel: undefined }), { code: 'NETWORK' })
      restore()
      equal(document.pending.length, 1)
      deepEqual(document.plan(entriesOf(text))?.changes, { added: [], changed: [], removed: [] })
      match(shown(document, text).publish.summary, /not final yet/)

      // The window closes; the next one has it.
      await documents.written
      documents.dispose()
      documents = makeDocuments(memory(kept))
      const back = await open()
      // What arrived is among the revisions.
      equal(back.pending.length, fault === 'lost' ? 0 : 1)
      if (fault === 'reset') equal(back.pending[0]?.envelope?.type, 'AGGREGATE')
      // The person publishes on.
      ok(await back.publish(new Map([['kid', '1']]), { account, channel: undefined }))
      nowMs += 61_000
      await back.refresh()
      await back.refresh()
      equal(back.pending.length, 0)
      equal(await elements(), before + 2, fault)
      equal(back.history.entries.get('john'), '{"name":"John","n":2}')
      documents.release(address())
      documents.dispose()
      documents = makeDocuments(memory(kept))
      key = `doc/${++number}`
      await client.aggregate.create(key, { name: 'John', n: 1 }, { key: 'john' })
      await client.aggregate.create(key, { name: 'Kid' }, { key: 'kid' })
    }
  })

  it('makes a change of what was published again when the network refuses it', async () => {
    const document = await open()
    const { item_hash, envelope } = await refused()
    document.resume({ itemHash: item_hash, time: envelope.time, entries: new Map([['john', '3']]), envelope })
    document.rebase()
    deepEqual(document.plan(entriesOf('{"john":3,"kid":{"name":"Kid"}}'))?.changes.changed, [])
    await document.refresh()
    equal(document.pending.length, 0)
    deepEqual(document.plan(entriesOf('{"john":3,"kid":{"name":"Kid"}}'))?.changes.changed, ['john'])
    deepEqual(document.plan(entriesOf('{"john":3,"kid":{"name":"Kid"}}'))?.conflicts, [])
  })

  it('reads what an earlier version kept as pending', async () => {
    const document = await open()
    documents.keep(document)
    await documents.written
    const [[name, text] = ['', '']] = kept
    const pending = { itemHash: 'f'.repeat(64), time: 1, entries: [['john', '3']] }
    kept.set(name, JSON.stringify({ ...(JSON.parse(text) as object), pending }))
    documents.dispose()
    documents = makeDocuments(memory(kept))
    deepEqual([...((await open()).pending[0]?.entries ?? [])], [['john', '3']])
  })
})

/** Messages go or get lost, and nobody can look them up until the result is called. */
function withoutAnswers(node: LocalNode, fault: string): () => void {
  const faults = [`${fault} path=/api/v0/messages method=POST`, '503 path=/api/v0/messages/ method=GET']
  const added = faults.map(spec => node.faults.add(spec))
  return () => added.forEach(each => each.remove())
}

describe('forgetting', () => {
  const node = useLocalNode()

  it('sends the same FORGET again as long as nobody knows whether it arrived, and leaves out what is gone', async () => {
    const account = await developmentSigner(owner)
    const { messages, storage } = new AlephHttpClient({ endpoints: node().url, account, retries: 0 })
    const hashes: string[] = []
    for (let n = 0; n < 3; n++) hashes.push((await storage.store(n)).item_hash)
    const forget = forgetOnce()
    const run = () => forgetBatches(hashes, batch => forget(messages, batch, { account }))
    const restore = withoutAnswers(node(), 'lost')
    deepEqual((await run()).failed, hashes)
    restore()
    deepEqual((await run()).failed, [])
    hashes.push((await storage.store(3)).item_hash)
    deepEqual((await run()).failed, [])
    const answer = await fetch(`${node().url}/api/v0/messages.json?msgTypes=FORGET`)
    equal(((await answer.json()) as { messages: unknown[] }).messages.length, 2)
  })
})
