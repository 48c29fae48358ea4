// The life of an aggregate document: opened, made, edited, published, deleted.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import * as vscode from 'vscode'
import secrets from '../fixtures/secrets.json' with { type: 'json' }
import { ETHAccount, type AlephHttpClient } from '../../src/client/index.js'
import { developmentAddresses } from '../../src/core/developmentAccounts.js'
import { AggregateSessions } from '../../src/editors/aggregateSessions.js'
import type { Boundary } from '../../src/host/boundary.js'
import { documentUri } from '../../src/host/documentUri.js'
import type { OpenAggregate } from '../../src/host/openAggregate.js'
import { commands, documentLanguage } from '../../src/shared/ids.js'
import {
  elementCount,
  elementsOf,
  historyOf,
  openEditor,
  openedAt,
  publish,
  sendElement,
  setsOf,
  statusOf,
  type,
  untilStatus,
  untilText,
} from './aggregateEditor.js'
import { activated, closeEditors, labels, nodeClient, roots, rowOf, useAccount, usePrompts } from './extension.js'

const account = 7
const owner = developmentAddresses[account] ?? ''
const run = (id: string, ...args: unknown[]) => vscode.commands.executeCommand(id, ...args)
const frontUri = () => (vscode.window.tabGroups.activeTabGroup.activeTab?.input as { uri?: vscode.Uri })?.uri

describe('an aggregate document', () => {
  const prompts = usePrompts()
  let client: AlephHttpClient

  const at = (key: string, of = owner) => ({ networkId: 'local', owner: of, key })
  const made = async (key: string, entries: Record<string, unknown>) => {
    await client.aggregate.merge(key, entries)
    return openEditor(at(key))
  }
  const chosen = (action: string) => {
    const details: string[] = []
    prompts.answers.choose = async ({ detail }) => {
      details.push(detail)
      return action
    }
    return details
  }

  before(async () => {
    await useAccount(account)
    client = await nodeClient(account)
  })

  afterEach(closeEditors)
  after(() => useAccount(0))

  describe('is opened', () => {
    it('by the link that another person copied', async () => {
      const key = 'my/links #1'
      await made(key, { a: 1 })
      await run(commands.aggregateCopyLink)
      const link = vscode.Uri.parse(await vscode.env.clipboard.readText(), true)
      await closeEditors()
      const { openLink } = (await activated()).test
      await openLink(link)
      equal(String(frontUri()), String(documentUri(at(key))))
      await rejects(openLink(link.with({ path: '/local/somewhere/else' })), /leads to nothing/)
    })

    it('from its row, and from the row of an entry', async () => {
      await client.aggregate.merge('from-row', { first: 1, second: { deep: true } })
      const { test } = await activated()
      await test.lists.aggregates.refresh()
      const row = await rowOf('aggregates', 'from-row')
      await run(commands.aggregateOpen, row)
      equal(String(frontUri()), String(documentUri(at('from-row'))))
      const { text } = await openedAt(documentUri(at('from-row')))
      equal(text.getText(), '{\n  "first": 1,\n  "second": {\n    "deep": true\n  }\n}\n')
      equal(text.languageId, documentLanguage)
      const [, entry] = await test.sidebar.trees.aggregates.getChildren(row)
      await run(commands.aggregateOpen, entry)
      equal(String(frontUri()), String(documentUri(at('from-row'))))
      deepEqual(prompts.toasts, [])
    })

    it('by owner and key, and only to be read when the owner is somebody else', async () => {
      const stranger = await ETHAccount.fromPrivateKey(secrets.keys[4] ?? '')
      const { address } = stranger
      await sendElement(stranger, { owner: address, key: 'of a stranger', content: { a: 1 } })
      const texts = [` ${address.toLowerCase()} `, 'of a stranger']
      prompts.answers.input = async ({ validate }) => {
        const text = texts.shift() ?? ''
        equal(validate?.(text), undefined)
        return text
      }
      await run(commands.aggregateOpen)
      const open = await openedAt(documentUri(at('of a stranger', address)))
      equal(open.text.getText(), '{\n  "a": 1\n}\n')
      const { isReadOnly, readOnlyReason, publish: state } = statusOf(open)
      deepEqual([isReadOnly, state.isEnabled], [true, false])
      match(readOnlyReason, /has not allowed .* to write this aggregate/)
      equal(vscode.workspace.fs.isWritableFileSystem('aleph'), true)
      equal(open.text.isDirty, false)
      await publish(open)
      await prompts.untilToast('has not allowed')
    })

    it('not when there is none, which is said', async () => {
      const texts = [owner, 'there-is-none']
      prompts.answers.input = async () => texts.shift()
      prompts.answers.pick = async items => items.at(-1)?.value
      await run(commands.aggregateOpen)
      await prompts.untilToast('Could not open there-is-none: ')
      equal(frontUri(), undefined)
    })

    it('as it is now, though something read it long before', async () => {
      const { documents } = (await activated()).test
      await client.aggregate.merge('read-before', { a: 1 })
      await vscode.workspace.fs.readFile(documentUri(at('read-before')))
      await client.aggregate.merge('read-before', { a: 2 })
      // As if it was a minute ago.
      const boundary = { start: (_: string, act: () => unknown) => void act() } as Boundary
      const later = new AggregateSessions(documents, boundary, () => Date.now() + 60_000)
      const open = await openEditor(at('read-before'))
      await untilText(open, text => text === '{\n  "a": 2\n}\n')
      later.dispose()
    })

    for (const key of ['a:b', '50%', '%2F', 'a#b?c=d', '🦊 with blanks', '..', '.', 'a//b', 'myapp/users', '__proto__'])
      it(`published and opened again with the key ${key}`, async () => {
        const open = await made(key, { a: 1 })
        await type(open, '{"a": 2}')
        await publish(open)
        equal(open.text.isDirty, false)
        deepEqual(await setsOf(owner, key), [{ a: 2 }, { a: 1 }])
        await closeEditors()
        const again = await openEditor(at(key))
        equal(again.document.address.key, key)
        match(again.text.getText(), /"a": 2/)
      })
  })

  describe('is made', () => {
    const create = async (key: string, template: string) => {
      prompts.answers.input = async ({ validate }) => {
        ok(validate?.('') && validate('a,b') && validate('security'))
        equal(validate?.(key), undefined)
        return key
      }
      prompts.answers.pick = async items => items.find(({ label }) => label === template)?.value
      await run(commands.aggregateCreate)
      return openedAt(documentUri(at(key)))
    }

    it('from a template, unsaved until it is published', async () => {
      const open = await create('myapp/profiles', 'User Profile')
      ok(open.text.isDirty)
      equal(await setsOf(owner, 'myapp/profiles').then(sets => sets.length), 0)
      await publish(open)
      equal(open.text.isDirty, false)
      const [set] = await setsOf(owner, 'myapp/profiles')
      equal((set?.['john-doe'] as { name: string }).name, 'John Doe')
      ok((await labels('aggregates')).includes('myapp/profiles'), 'the view follows')
    })

    it('empty, and publishes its first entry', async () => {
      const open = await create('from-nothing', 'Empty')
      equal(open.text.isDirty, false, 'there is nothing to lose yet')
      await type(open, '{"first": 1}')
      await publish(open)
      deepEqual(await setsOf(owner, 'from-nothing'), [{ first: 1 }])
      equal(open.text.isDirty, false)
    })

    it('not twice: the one that is there is offered', async () => {
      await client.aggregate.merge('is-there', { a: 1 })
      prompts.answers.input = async () => 'is-there'
      const questions: string[] = []
      prompts.answers.confirm = async ({ message }) => questions.push(message) > 0
      await run(commands.aggregateCreate)
      deepEqual(questions, ['There is an aggregate is-there already.'])
      const { text } = await openedAt(documentUri(at('is-there')))
      equal(text.getText(), '{\n  "a": 1\n}\n')
    })
  })

  describe('publishes', () => {
    it('only the entries that changed, in one element, as they were spelled', async () => {
      const open = await made('changed-only', { a: 1, b: { deep: [1, 2] }, c: 'x' })
      await type(open, '{\n  "a": 1.0,\n  "b": {"deep": [1, 2, 12345678901234567890]},\n  "c": "x",\n  "d": null\n}\n')
      match(statusOf(open).publish.summary, /^b changed, d added · \d+ bytes to publish · public$/)
      await publish(open)
      const [element] = await elementsOf(owner, 'changed-only')
      match(element?.item_content ?? '', /"content":\{"b":\{"deep":\[1,2,12345678901234567890\]\},"d":null\}/)
      equal(open.text.isDirty, false)
      match(open.text.getText(), /"a": 1\.0/)
      const { rows } = historyOf(open)
      deepEqual(
        rows.map(row => 'entries' in row && [row.isBase, row.entries.map(({ name, kind }) => `${kind} ${name}`)]),
        [
          [true, ['changed b', 'nulled d']],
          [false, ['added a', 'added b', 'added c']],
        ],
      )
    })

    it('nothing when nothing changed but the spelling, and is saved then', async () => {
      const open = await made('spelling', { a: 1, b: 'é' })
      const before = await elementCount(owner)
      await type(open, '{ "b": "\\u00e9", "a": 1.0e0 }')
      equal(statusOf(open).publish.isEnabled, false)
      await publish(open)
      await prompts.untilToast('Nothing changed, so nothing was published.')
      equal(open.text.isDirty, false)
      equal(await elementCount(owner), before)
      equal(open.text.getText(), '{ "b": "\\u00e9", "a": 1.0e0 }')
    })

    it('what is undone afterwards as a change of its own', async () => {
      const open = await made('undone', { a: 1 })
      await type(open, '{\n  "a": 2\n}\n')
      await publish(open)
      await run('undo')
      equal(open.text.getText(), '{\n  "a": 1\n}\n')
      ok(open.text.isDirty)
      await publish(open)
      deepEqual(await setsOf(owner, 'undone'), [{ a: 1 }, { a: 2 }, { a: 1 }])
      equal(open.text.isDirty, false)
    })

    it('nothing of what is reverted', async () => {
      const open = await made('reverted', { a: 1 })
      await type(open, '{"a": 2}')
      await run('workbench.action.files.revert')
      await untilText(open, text => text === '{\n  "a": 1\n}\n')
      equal(open.text.isDirty, false)
      deepEqual(await setsOf(owner, 'reverted'), [{ a: 1 }])
    })

    it('a removed entry as null', async () => {
      const open = await made('removed-null', { a: 1, b: 2 })
      await type(open, '{\n  "a": 1\n}\n')
      const details = chosen('Set to null')
      await publish(open)
      match(details[0] ?? '', /^b removed\n/)
      deepEqual((await setsOf(owner, 'removed-null'))[0], { b: null })
      equal(open.text.isDirty, false)
    })

    it('a removed entry by forgetting what set it, and anew what else that held', async () => {
      const open = await made('removed-forget', { a: 1, b: 2 })
      await client.aggregate.update('removed-forget', 'b', 3)
      await client.aggregate.update('removed-forget', 'c', 4)
      await open.document.refresh()
      await untilText(open, text => text.includes('"c"'))
      await type(open, '{\n  "a": 1,\n  "c": 4\n}\n')
      const details = chosen('Forget')
      await publish(open)
      match(details[0] ?? '', /the 2 revisions that set it/)
      match(details[0] ?? '', /Those also hold a, which are published again before\./)
      deepEqual(await setsOf(owner, 'removed-forget'), [{ a: 1 }, { c: 4 }])
      deepEqual(prompts.toasts, [])
      equal(open.text.isDirty, false)
      equal(open.text.getText(), '{\n  "a": 1,\n  "c": 4\n}\n')
    })

    it('a removed entry not at all when it is kept or the question is left', async () => {
      const open = await made('removed-keep', { a: 1, b: 2 })
      await type(open, '{\n  "a": 5\n}\n')
      prompts.answers.choose = async () => undefined
      await publish(open)
      ok(open.text.isDirty)
      chosen('Keep')
      await publish(open)
      deepEqual((await setsOf(owner, 'removed-keep'))[0], { a: 5 })
      match(open.text.getText(), /"b": 2/)
      equal(open.text.isDirty, false)
    })

    it('what is over 50 000 bytes as a stored item', async () => {
      const open = await made('large', { a: 1 })
      await type(open, JSON.stringify({ a: 1, large: 'x'.repeat(60_000) }))
      await publish(open)
      const [element] = await elementsOf(owner, 'large')
      equal(element?.item_type, 'storage')
      equal(open.text.isDirty, false)
    })

    it('nothing that is too large, and names the sizes', async () => {
      const open = await made('too-large', { a: 1 })
      const before = await elementCount(owner)
      await type(open, JSON.stringify({ a: 2, huge: 'x'.repeat(27_000_000) }))
      await publish(open)
      match(await prompts.untilToast('Could not publish too-large: '), /Largest: huge 2\d(\.\d)? MB, a \d/)
      ok(open.text.isDirty)
      equal(await elementCount(owner), before)
    }).timeout(120_000)

    for (const [what, json] of [
      ['invalid JSON', '{"a": }'],
      ['an array', '[1]'],
      ['a string', '"x"'],
      ['nothing', ''],
      ['duplicate entries', '{"a": 1, "a": 2}'],
      ['half of a character', '{"a": "\\ud800"}'],
      ['a number beyond all others', '{"a": 1e400}'],
      ['a null character', '{"a": "\\u0000"}'],
    ] as const)
      it(`not ${what}: it is refused with its place`, async () => {
        const open = await made('invalid', { a: Math.PI })
        const before = await elementCount(owner)
        await type(open, json)
        equal(statusOf(open).publish.isEnabled, false)
        await publish(open)
        match(await prompts.untilToast('Not published. '), /^Not published\. Line 1, column \d+: ./)
        ok(open.text.isDirty)
        equal(open.text.getText(), json)
        equal(await elementCount(owner), before)
      })

    it('with the account that it was opened with, whatever the window uses now', async () => {
      const open = await made('of-its-account', { a: 1 })
      await type(open, '{"a": 2}')
      await useAccount(account + 1)
      await publish(open)
      const [element] = await elementsOf(owner, 'of-its-account')
      deepEqual([element?.sender, element?.content.content], [owner, { a: 2 }])
      await useAccount(account)
    })
  })

  describe('is deleted', () => {
    const row = async (key: string) => {
      await (await activated()).test.lists.aggregates.refresh()
      return rowOf('aggregates', key)
    }

    it('by forgetting all revisions; an open editor keeps the text, which is all that is left', async () => {
      const open = await made('to-forget', { a: 1 })
      await client.aggregate.update('to-forget', 'b', 2)
      const details = chosen('Forget All Revisions')
      await run(commands.aggregateDelete, await row('to-forget'))
      match(details[0] ?? '', /^2 entries on local as /)
      deepEqual(await setsOf(owner, 'to-forget'), [])
      ok(!(await labels('aggregates')).includes('to-forget'), 'the view follows')
      equal(open.text.getText(), '{\n  "a": 1\n}\n')
      match(statusOf(open).banner?.message ?? '', /forgotten/)
      await publish(open)
      deepEqual(await setsOf(owner, 'to-forget'), [{ a: 1 }])
    })

    it('entry by entry: null keeps the history', async () => {
      await client.aggregate.merge('to-null', { a: 1, b: 2 })
      chosen('Set an Entry to Null…')
      prompts.answers.pick = async items => items.find(({ label }) => label === 'b')?.value
      await run(commands.aggregateDelete, await row('to-null'))
      deepEqual(await setsOf(owner, 'to-null'), [{ b: null }, { a: 1, b: 2 }])
    })

    it('from the row of an entry, after a question', async () => {
      await client.aggregate.merge('to-null-row', { a: 1, b: 2 })
      const { test } = await activated()
      const [entry] = await test.sidebar.trees.aggregates.getChildren(await row('to-null-row'))
      prompts.answers.confirm = async () => false
      await run(commands.aggregateDelete, entry)
      equal((await setsOf(owner, 'to-null-row')).length, 1)
      const questions: string[] = []
      prompts.answers.confirm = async ({ message }) => questions.push(message) > 0
      await run(commands.aggregateDelete, entry)
      deepEqual(questions, ['Set a of to-null-row to null?'])
      deepEqual((await setsOf(owner, 'to-null-row'))[0], { a: null })
    })
  })

  describe('of somebody else', () => {
    const key = 'shared'
    let stranger: ETHAccount
    let open: OpenAggregate

    const allow = (authorizations: unknown[]) =>
      sendElement(stranger, { owner: stranger.address, key: 'security', content: { authorizations } })

    beforeEach(async () => {
      stranger = await ETHAccount.fromPrivateKey(secrets.keys[4] ?? '')
      await allow([{ address: owner, types: ['AGGREGATE'], aggregate_keys: [key] }])
      await sendElement(stranger, { owner: stranger.address, key, content: { a: Math.random() } })
      open = await openEditor(at(key, stranger.address))
    })

    it('can be edited where the owner allows it', async () => {
      equal(statusOf(open).isReadOnly, false)
      await type(open, '{"a": "by a delegate"}')
      await publish(open)
      const [element] = await elementsOf(stranger.address, key)
      deepEqual([element?.sender, element?.content.content], [owner, { a: 'by a delegate' }])
      equal(open.text.isDirty, false)
      const [newest] = historyOf(open).rows
      ok(newest && 'isDelegate' in newest && newest.isDelegate)
      equal(newest.state, undefined)
    })

    it('is refused with the reason when the right was taken back meanwhile, and stays unsaved', async () => {
      await type(open, '{"a": "too late"}')
      await allow([])
      await publish(open)
      await prompts.untilToast('has not allowed')
      ok(open.text.isDirty)
      equal(open.text.getText(), '{"a": "too late"}')
      ok(statusOf(open).isReadOnly)
    })
  })

  it('of an address without a key can only be read, until its key is imported', async () => {
    const stranger = await ETHAccount.fromPrivateKey(secrets.keys[4] ?? '')
    await sendElement(stranger, { owner: stranger.address, key: 'watched', content: { a: 1 } })
    const { test } = await activated()
    const texts = [stranger.address, 'watched one']
    prompts.answers.input = async () => texts.shift()
    await run(commands.accountWatch)
    try {
      const open = await openEditor(at('watched', stranger.address))
      equal(statusOf(open).readOnlyReason, 'watched one is an address without a key, so this can only be read.')
      await run(commands.aggregateCreate)
      await prompts.untilToast('The account watched one is an address without a key and can not publish.')
      prompts.answers.pick = async ([paste]) => paste?.value
      texts.push(secrets.keys[4] ?? '', 'watched one')
      await run(commands.accountImport)
      await untilStatus(open, status => !status.isReadOnly)
      await type(open, '{"a": 2}')
      await publish(open)
      deepEqual(await setsOf(stranger.address, 'watched'), [{ a: 2 }, { a: 1 }])
    } finally {
      await test.book.remove(stranger.address)
      await useAccount(account)
    }
  })

  it('whose account is removed is refused, and goes to no other account', async () => {
    const { test } = await activated()
    prompts.answers.pick = async ([paste]) => paste?.value
    const texts = [secrets.keys[3] ?? '', 'for a while']
    prompts.answers.input = async () => texts.shift()
    await run(commands.accountImport)
    const { address } = test.session.active.account
    equal(test.session.active.account.name, 'for a while')
    await sendElement(await test.session.signer(test.session.active), {
      ...{ owner: address, key: 'orphan', content: { a: 1 } },
    })
    const open = await openEditor(at('orphan', address))
    await type(open, '{"a": 2}')
    await test.book.remove(address)
    await useAccount(account)
    const gone = 'The account of this document was removed, so it can not be published.'
    for (const _ of [1, 2]) {
      prompts.toasts.length = 0
      await publish(open)
      await prompts.untilToast(gone)
      await open.document.refresh()
    }
    equal(statusOf(open).readOnlyReason, gone)
    ok(open.text.isDirty)
    deepEqual(await setsOf(address, 'orphan'), [{ a: 1 }])
  })

  it('has its rows in the view as soon as it is published', async () => {
    const open = await made('view-follows', { a: 1 })
    await (await activated()).test.lists.aggregates.refresh()
    await type(open, '{"a": 1, "another": 2}')
    await publish(open)
    const row = (await roots('aggregates')).find(node => node.kind === 'aggregate' && node.info.key === 'view-follows')
    ok(row?.kind === 'aggregate')
    deepEqual(Object.keys(row.info.content as object), ['a', 'another'])
  })
})
