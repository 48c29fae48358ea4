import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { Consent } from '../../../src/core/consent.js'
import { mainnet, type Network } from '../../../src/core/network.js'
import { SecretClipboard } from '../../../src/core/secretClipboard.js'
import type { SessionAccount } from '../../../src/core/session.js'
import { untranslated } from '../../../src/shared/translate.js'
import { localNetwork, owner } from './fakes.js'

const account: SessionAccount = { address: owner, name: 'alice', kind: 'key' }
const other: Network = { ...mainnet, id: 'other', name: 'other' }

function setUp(stored?: unknown) {
  const state = { stored, isAlways: false, answer: true }
  const asked: { message: string; detail: string; action: string }[] = []
  const consent = new Consent({
    isAlwaysAsked: () => state.isAlways,
    confirm: async question => {
      asked.push(question)
      return state.answer
    },
    read: () => state.stored,
    write: value => void (state.stored = value),
    t: untranslated,
  })
  return { consent, state, asked }
}

describe('consent', () => {
  it('is asked once for an account on a network, and says what public means', async () => {
    const { consent, asked, state } = setUp()
    equal(await consent.ask({ network: mainnet, account }, 'logo.png'), true)
    equal(await consent.ask({ network: mainnet, account }, 'other.png'), true)
    equal(asked.length, 1)
    equal(asked[0]?.message, 'Publish logo.png?')
    match(asked[0]?.detail ?? '', /^To mainnet as alice \(0x34f3…5dF3\)\./)
    for (const fact of [/Anyone can read/, /outlive/, /address links/, /paid for/]) match(asked[0]?.detail ?? '', fact)
    // A new window reads the same.
    equal(await setUp(state.stored).consent.ask({ network: mainnet, account }, 'x'), true)
  })

  it('is asked again for another account, owner’s account, or network', async () => {
    const { consent, asked } = setUp()
    const delegate = { ...account, address: '0x51A58800b26AA1451aaA803d1746687cB88E0501', owner }
    await consent.ask({ network: mainnet, account }, 'a')
    await consent.ask({ network: other, account }, 'b')
    await consent.ask({ network: mainnet, account: delegate }, 'c')
    equal(asked.length, 3)
    ok(asked[2]?.detail.includes(`for ${owner}`))
  })

  it('that is refused is asked for again', async () => {
    const { consent, asked, state } = setUp()
    state.answer = false
    equal(await consent.ask({ network: mainnet, account }, 'a'), false)
    equal(await consent.ask({ network: mainnet, account }, 'a'), false)
    deepEqual([asked.length, state.stored], [2, undefined])
  })

  it('is asked once for what begins at the same time', async () => {
    const { consent, asked } = setUp()
    const pair = { network: mainnet, account }
    deepEqual(await Promise.all([consent.ask(pair, 'a'), consent.ask(pair, 'b')]), [true, true])
    equal(asked.length, 1)
  })

  it('is asked every time where that is wanted, in fewer words', async () => {
    const { consent, asked, state } = setUp()
    state.isAlways = true
    for (const what of ['a', 'b', 'c']) await consent.ask({ network: mainnet, account }, what)
    equal(asked.length, 3)
    ok((asked[1]?.detail.length ?? 0) < (asked[0]?.detail.length ?? 0) / 2)
    state.answer = false
    equal(await consent.ask({ network: mainnet, account }, 'd'), false)
  })

  it('is never asked on a development network', async () => {
    const { consent, asked, state } = setUp()
    state.isAlways = true
    equal(await consent.ask({ network: localNetwork, account }, 'a'), true)
    deepEqual([asked.length, state.stored], [0, undefined])
  })

  it('survives what another version or nobody wrote, and leaves the former alone', async () => {
    const later = { version: 2, given: { all: true } }
    for (const stored of [later, null, 7, 'x', { version: 1 }, { version: 1, given: [7, null] }]) {
      const { consent, asked, state } = setUp(stored)
      equal(await consent.ask({ network: mainnet, account }, 'a'), true)
      equal(asked.length, 1)
      if (stored === later) deepEqual(state.stored, later)
    }
  })

  it('shows a name as one line', async () => {
    const { consent, asked } = setUp()
    await consent.ask({ network: mainnet, account }, '\u202ea\nb% #🦊:')
    equal(asked[0]?.message, 'Publish a b% #🦊:?')
  })
})

describe('a secret on the clipboard', () => {
  function clipboardOf() {
    const state = { text: '', delayMs: 0, fire: async () => undefined as void, disposed: 0 }
    const clipboard = new SecretClipboard(
      {
        readText: async () => state.text,
        writeText: async text => void (state.text = text),
      },
      (delayMs, act) => {
        Object.assign(state, { delayMs, fire: act })
        return { dispose: () => void state.disposed++ }
      },
    )
    return { clipboard, state }
  }

  it('is gone after a minute', async () => {
    const { clipboard, state } = clipboardOf()
    await clipboard.copy('key')
    equal(state.text, 'key')
    equal(state.delayMs, 60_000)
    await state.fire()
    equal(state.text, '')
  })

  it('takes nothing away that was copied later', async () => {
    const { clipboard, state } = clipboardOf()
    await clipboard.copy('key')
    state.text = 'mine'
    await state.fire()
    equal(state.text, 'mine')
    state.text = 'key'
    await clipboard.clear()
    equal(state.text, 'key', 'it is nobody’s business any more')
  })

  it('has its minute anew when it is copied again', async () => {
    const { clipboard, state } = clipboardOf()
    await clipboard.copy('key')
    await clipboard.copy('other')
    equal(state.disposed, 1)
    await clipboard.clear()
    equal(state.text, '')
  })
})
