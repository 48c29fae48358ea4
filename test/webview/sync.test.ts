import { strict as assert } from 'node:assert'
import { ChangeSet, Text } from '@codemirror/state'
import fc from 'fast-check'
import type { TextChange } from '../../src/shared/editorProtocol.js'
import { Sync, difference, toChangeSet, toText, toTextChanges, type Edit } from '../../src/webview/sync.js'

/** The extension's side: a document, and the messages that each page has not read yet. */
class Host {
  text: Text
  revision = 1
  readonly pages: Page[] = []

  constructor(text: string) {
    this.text = toText(text)
  }

  open(): Page {
    const page = new Page(this)
    page.inbox.push(() => page.reset(this.text, 1))
    page.deliverAll()
    this.pages.push(page)
    return page
  }

  receive(from: Page, { id, revision, changes }: Edit): void {
    if (revision !== this.revision) return void from.inbox.push(() => from.sync.stale(id))
    this.#change(changes)
    const applied = this.revision
    from.inbox.push(() => from.sync.applied(id, applied))
    this.#tell(changes, from)
  }

  /** Undo, a reload, another extension. */
  change(change: ChangeSet): void {
    const changes = toTextChanges(change, this.text)
    if (!changes.length) return
    this.#change(changes)
    this.#tell(changes)
  }

  #change(changes: TextChange[]): void {
    this.text = toChangeSet(changes, this.text).apply(this.text)
    this.revision++
  }

  #tell(changes: TextChange[], except?: Page): void {
    const { revision } = this
    for (const page of this.pages)
      if (page !== except) page.inbox.push(() => page.apply(page.sync.changed(revision, changes)))
  }
}

class Page {
  text = Text.empty
  readonly inbox: (() => void)[] = []
  readonly outbox: Edit[] = []
  readonly sync = new Sync(edit => this.outbox.push(edit))

  constructor(private readonly host: Host) {}

  reset(text: Text, revision: number): void {
    this.sync.reset(revision, text)
    this.text = text
  }

  apply(changes: ChangeSet): void {
    this.text = changes.apply(this.text)
  }

  type(change: ChangeSet): void {
    this.apply(change)
    this.sync.local(change)
  }

  deliver(): void {
    this.inbox.shift()?.()
  }

  deliverAll(): void {
    while (this.inbox.length) this.deliver()
  }

  send(): void {
    const edit = this.outbox.shift()
    if (edit) this.host.receive(this, edit)
  }
}

interface Step {
  who: 0 | 1
  what: 'type' | 'change' | 'flush' | 'send' | 'deliver'
  from: number
  length: number
  insert: string
}

const step = fc.record<Step>({
  who: fc.constantFrom(0, 1),
  what: fc.constantFrom('type', 'type', 'change', 'flush', 'send', 'deliver', 'deliver'),
  from: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 0, max: 4 }),
  insert: fc.constantFrom('', 'a', 'bc', '\n', 'd\ne', '😀'),
})

function changeOf({ from, length, insert }: Step, text: Text): ChangeSet {
  const start = Math.floor(from * text.length)
  const spec = { from: start, to: Math.min(text.length, start + length), insert: toText(insert) }
  return ChangeSet.of(spec, text.length)
}

function settle(host: Host): void {
  // Each round brings every edit that is under way to its end, or back for one more.
  for (let round = 0; round < 20; round++)
    for (const page of host.pages) {
      page.deliverAll()
      void page.sync.flush()
      page.send()
    }
  for (const page of host.pages) page.deliverAll()
}

describe('sync', () => {
  it('makes pages and document the same, whatever comes between', () => {
    fc.assert(
      fc.property(fc.constantFrom('', '{\n  "a": 1\n}', 'x\n\ny'), fc.array(step, { maxLength: 60 }), (text, steps) => {
        const host = new Host(text)
        const pages = [host.open(), host.open()] as const
        for (const each of steps) {
          const page = pages[each.who]
          if (each.what === 'type') page.type(changeOf(each, page.text))
          else if (each.what === 'change') host.change(changeOf(each, host.text))
          else if (each.what === 'flush') void page.sync.flush()
          else if (each.what === 'send') page.send()
          else page.deliver()
        }
        settle(host)
        for (const page of host.pages) {
          assert.equal(page.text.toString(), host.text.toString())
          assert.ok(page.sync.isSettled)
          assert.ok(page.sync.text.eq(page.text))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('knows at any time what the page has and the document has not', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const host = new Host('one\ntwo\nthree')
        const page = host.open()
        for (const each of steps) {
          if (each.what === 'type') page.type(changeOf(each, page.text))
          else if (each.what === 'change') host.change(changeOf(each, host.text))
          else if (each.what === 'flush') void page.sync.flush()
          else if (each.what === 'send') page.send()
          else page.deliver()
          const { text, pending } = page.sync
          assert.equal((pending?.apply(text) ?? text).toString(), page.text.toString())
        }
      }),
    )
  })

  it('resolves a flush when the document has what was typed before it, not what came later', async () => {
    const host = new Host('a')
    const page = host.open()
    const type = (text: string) => page.type(ChangeSet.of({ from: 0, insert: text }, page.text.length))
    type('1')
    void page.sync.flush()
    type('2')
    const done: string[] = []
    const flushed = page.sync.flush().then(() => done.push('flushed'))
    page.send()
    page.deliver()
    await Promise.resolve()
    assert.deepEqual(done, [])
    assert.equal(host.text.toString(), '1a')
    type('3')
    page.send()
    page.deliver()
    await flushed
    assert.equal(host.text.toString(), '21a')
    assert.equal(page.sync.isSettled, false)
  })

  it('does not send a stale edit again until something new is known', () => {
    const sent: Edit[] = []
    const sync = new Sync(edit => sent.push(edit))
    sync.reset(1, toText('a'))
    sync.local(ChangeSet.of({ from: 1, insert: 'b' }, 1))
    void sync.flush()
    sync.stale(1)
    assert.equal(sent.length, 1)
    void sync.flush()
    sync.changed(2, [{ start: { line: 0, character: 0 }, end: { line: 0, character: 0 }, text: '\n' }])
    sync.stale(2)
    assert.deepEqual(
      sent.map(({ id, revision }) => [id, revision]),
      [
        [1, 1],
        [2, 1],
        [3, 2],
      ],
    )
    const end = { line: 1, character: 1 }
    assert.deepEqual(sent[2]?.changes, [{ start: end, end, text: 'b' }])
  })

  it('forgets what the document does not want any more', async () => {
    const sync = new Sync(() => {})
    sync.reset(1, toText('a'))
    sync.local(ChangeSet.of({ from: 1, insert: 'b' }, 1))
    const flushed = sync.flush()
    sync.reset(7, toText('other'))
    await flushed
    sync.applied(1, 8)
    assert.ok(sync.isSettled)
    assert.equal(sync.text.toString(), 'other')
  })

  it('counts lines as VS Code does, and takes a position that is not there as the nearest', () => {
    const text = toText('one\r\ntwo\rthree\u2028four\n')
    assert.equal(text.lines, 4)
    const far = { line: 99, character: 99 }
    const changes = toChangeSet(
      [
        { start: { line: 1, character: 1 }, end: { line: 1, character: 99 }, text: 'X' },
        { start: far, end: far, text: 'end' },
        { start: { line: -1, character: -1 }, end: { line: 0, character: 1 }, text: 'O' },
      ],
      text,
    )
    assert.equal(changes.apply(text).toString(), 'One\ntX\nthree\u2028four\nend')
  })

  it('replaces no more than what is other', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (head, mine, theirs, tail) => {
        const before = toText(head + mine + tail)
        const after = toText(head + theirs + tail)
        const change = difference(before, after)
        assert.equal(change.apply(before).toString(), after.toString())
        change.iterChanges((from, to) => assert.ok(to - from <= toText(mine).length + 1))
      }),
    )
  })
})
