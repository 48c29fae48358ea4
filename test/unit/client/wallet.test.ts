import { strict as assert } from 'node:assert'
import { AddressAccount, ETHAccount, type Account } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import { isAlephError, type AlephError, type ErrorCode } from '../../../src/client/errors.js'
import type { Eip1193Provider, WalletChange } from '../../../src/client/walletAccount.js'
import { systemClock } from '../../../src/client/http/clock.js'
import { signMessage } from '../../../src/client/message/envelope.js'
import type { BaseContent, MessageType } from '../../../src/client/message/types.js'
import vectors from '../../fixtures/vectors.json' with { type: 'json' }
import { developmentAccount } from '../../helpers/accounts.js'
import { FakeClock, fakeFetch } from '../../helpers/fakes.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'

type Answer = (params: readonly unknown[]) => unknown

/** A wallet that holds these keys, the first one chosen; `answers` replaces what it says to a method. */
function fakeWallet(keys: readonly ETHAccount[], answers: Record<string, Answer> = {}) {
  const calls: { method: string; params: readonly unknown[] | undefined }[] = []
  const listeners = new Map<string, Set<(value?: unknown) => void>>()
  const wallet = {
    offered: keys.map(({ address }) => address.toLowerCase()),
    calls,
    heard: () => [...listeners.values()].reduce((sum, each) => sum + each.size, 0),
    emit: (event: string, value?: unknown) => listeners.get(event)?.forEach(listener => listener(value)),
  }
  const provider: Eip1193Provider = {
    async request({ method, params = [] }) {
      calls.push({ method, params })
      const answer = answers[method]
      if (answer) return answer(params)
      if (method === 'eth_requestAccounts' || method === 'eth_accounts') return wallet.offered
      assert.equal(method, 'personal_sign')
      const [hex, address] = params as [string, string]
      const key = keys.find(each => each.address === address)
      return key?.sign(Buffer.from(hex.slice(2), 'hex').toString('utf8'))
    },
    on: (event: string, listener: (...values: never[]) => void) =>
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener as (value?: unknown) => void)),
    removeListener: (event: string, listener: (...values: never[]) => void) =>
      listeners.get(event)?.delete(listener as (value?: unknown) => void),
  }
  return { ...wallet, wallet, provider }
}

const fail = (code: unknown) => () => {
  throw Object.assign(new Error('words of the wallet'), { code })
}
const nobody = fakeFetch(() => new Error('no request is expected'))
const client = (options: AlephOptions) => new AlephHttpClient({ fetch: nobody, clock: new FakeClock(), ...options })

describe('ethereum.connect', () => {
  let alice: ETHAccount
  let bob: ETHAccount
  before(async () => ([alice, bob] = await Promise.all([developmentAccount(0), developmentAccount(1)])))

  it('gives the account of the wallet, in EIP-55 spelling and for chain ETH, and the client signs with it', async () => {
    const { provider, calls } = fakeWallet([alice, bob])
    const aleph = client({ provider })
    assert.equal(aleph.account, undefined)
    const account = await aleph.ethereum.connect()
    assert.equal(account.address, alice.address)
    assert.equal(account.chain, 'ETH')
    assert.equal(account.publicKey, undefined)
    assert.equal(aleph.account, account)
    assert.deepEqual(calls, [{ method: 'eth_requestAccounts', params: [] }])
  })

  it('signs V9 byte for byte, as personal_sign of the text in hex and the address', async () => {
    const key = await ETHAccount.fromPrivateKey('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
    const { provider, calls } = fakeWallet([key])
    const account = await client({ provider }).ethereum.connect()
    const { type, channel, item_content, item_hash, sender } = vectors.V9
    const content = JSON.parse(item_content) as BaseContent
    const { envelope } = await signMessage(account, { type: type as MessageType, channel, content })
    assert.deepEqual(envelope, vectors.V9)
    const text = `0x${Buffer.from(`ETH\n${sender}\n${type}\n${item_hash}`).toString('hex')}`
    assert.deepEqual(calls.at(-1), { method: 'personal_sign', params: [text, sender] })
    assert.equal(account.publicKey, key.publicKey)
  })

  it('a signature that ends in 0 or 1 is published with 27 or 28', async () => {
    const { provider } = fakeWallet([alice], {
      personal_sign: async ([hex]) => {
        const signature = await alice.sign(Buffer.from(String(hex).slice(2), 'hex').toString())
        return signature
          .replace(/1[bc]$/, v => (v === '1b' ? '00' : '01'))
          .toUpperCase()
          .replace('0X', '0x')
      },
    })
    const account = await client({ provider }).ethereum.connect()
    for (const text of ['a', 'b', 'c', 'd']) assert.equal(await account.sign(text), await alice.sign(text))
  })

  it('connecting again gives the same account, and another one only when the wallet offers another', async () => {
    const { provider, wallet } = fakeWallet([alice, bob])
    const aleph = client({ provider })
    const [one, two] = await Promise.all([aleph.ethereum.connect(), aleph.ethereum.connect()])
    assert.equal(one, two)
    wallet.offered = [bob.address]
    const other = await aleph.ethereum.connect()
    assert.equal(other.address, bob.address)
    assert.equal(aleph.account, other)
  })

  it('without a wallet it is the configured account, which stays the client’s own beside one', async () => {
    assert.equal(await client({ account: alice }).ethereum.connect(), alice)
    const { provider } = fakeWallet([bob])
    const aleph = client({ account: alice, provider })
    assert.equal((await aleph.ethereum.connect()).address, bob.address)
    assert.equal(aleph.account, alice)
  })

  it('without wallet and account it says what to do', () =>
    assert.rejects(client({}).ethereum.connect(), { code: 'INVALID_INPUT', message: /provider.*or an account/ }))

  it('finds the wallet of the page, and no wallet in anything else of that name', async () => {
    const place = globalThis as { ethereum?: unknown }
    try {
      place.ethereum = fakeWallet([alice]).provider
      assert.equal((await client({}).ethereum.connect()).address, alice.address)
      for (const other of [null, 7, {}, { request: 'no' }]) {
        place.ethereum = other
        await assert.rejects(client({}).ethereum.connect(), { code: 'INVALID_INPUT' })
      }
    } finally {
      delete place.ethereum
    }
  })

  it('refuses options that it does not have, and a provider that is none', async () => {
    await assert.rejects(client({ account: alice }).ethereum.connect({ chain: 'BASE' } as never), {
      code: 'INVALID_INPUT',
      message: /chain/,
    })
    for (const provider of [null, 7, {}, { request: 'no' }])
      assert.throws(() => client({ provider: provider as never }), { code: 'INVALID_INPUT' })
  })

  for (const [name, answer] of [
    ['nothing', undefined],
    ['null', null],
    ['a text', '0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3'],
    ['an empty list', []],
    ['a list of something else', [7]],
    ['a name', ['alice.eth']],
    ['an address that is short', ['0x34f382eeb74De6A1906f7Cb4759B4860B33c5d']],
    ['one address and one that is none', ['0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3', '<b>']],
  ] as const)
    it(`a wallet that answers ${name} is INTEGRITY, and nobody is connected`, async () => {
      const { provider } = fakeWallet([], { eth_requestAccounts: () => answer })
      const aleph = client({ provider })
      await assert.rejects(aleph.ethereum.connect(), { code: 'INTEGRITY' })
      assert.equal(aleph.account, undefined)
    })

  for (const [code, expected, words] of [
    [4001, 'ABORTED', /refused in the wallet/],
    [4100, 'INVALID_INPUT', /not allowed/],
    [4200, 'INVALID_INPUT', /can not sign/],
    [4900, 'NETWORK', /lost its connection/],
    [4901, 'NETWORK', /lost its connection/],
    [-32002, 'CONFLICT', /earlier request/],
    [-32603, 'NETWORK', /failed to answer/],
    [undefined, 'NETWORK', /failed to answer/],
    ['4001', 'NETWORK', /failed to answer/],
  ] as const)
    it(`an error ${code} of the wallet is ${expected}, in our words, and is not tried again`, async () => {
      const { provider, calls } = fakeWallet([alice], { personal_sign: fail(code) })
      const account = await client({ provider }).ethereum.connect()
      const isTold = (error: AlephError) => {
        assert.ok(isAlephError(error, expected as ErrorCode), error.code)
        assert.match(error.message, words)
        assert.doesNotMatch(error.message, /words of the wallet/)
        assert.equal(error.retryable, false)
        return true
      }
      await assert.rejects(account.sign('text'), isTold)
      const refusing = fakeWallet([], { eth_requestAccounts: fail(code) })
      await assert.rejects(client({ provider: refusing.provider }).ethereum.connect(), isTold)
      assert.equal(calls.filter(({ method }) => method === 'personal_sign').length, 1)
      assert.equal(refusing.calls.length, 1)
    })

  it('a wallet that throws at once, and throws nothing, is told the same', async () => {
    const provider = {
      request() {
        throw undefined // eslint-disable-line @typescript-eslint/only-throw-error
      },
    }
    await assert.rejects(client({ provider }).ethereum.connect(), { code: 'NETWORK' })
  })

  for (const method of ['eth_requestAccounts', 'eth_accounts', 'personal_sign'])
    it(`a wallet that never answers to ${method} is left by the signal`, async () => {
      let asked: () => void = () => undefined
      const isAsked = new Promise<void>(resolve => (asked = resolve))
      const { provider } = fakeWallet([alice], { [method]: () => (asked(), new Promise(() => undefined)) })
      const aleph = client({ provider, fetch: fakeFetch(() => undefined) })
      const controller = new AbortController()
      const { signal } = controller
      const call = aleph.ethereum.connect({ signal }).then(() => aleph.storage.store('x', { signal }))
      await isAsked
      controller.abort()
      await assert.rejects(call, { code: 'ABORTED' })
      await assert.rejects(aleph.ethereum.connect({ signal }), { code: 'ABORTED' })
    })

  it('after the account was changed in the wallet, the old one signs nothing any more', async () => {
    const { provider, wallet, calls } = fakeWallet([alice, bob])
    const aleph = client({ provider, fetch: fakeFetch(() => undefined) })
    const account = await aleph.ethereum.connect()
    wallet.offered = [bob.address]
    await assert.rejects(aleph.storage.store('x'), { code: 'CONFLICT', message: /does not offer 0x34f382ee/ })
    assert.ok(!calls.some(({ method }) => method === 'personal_sign'))
    wallet.offered = [bob.address, alice.address]
    assert.equal(await account.sign('text'), await alice.sign('text'))
  })

  for (const [name, sign] of [
    ['of another key', (_: ETHAccount, other: ETHAccount) => other.sign('text')],
    ['over another text', (key: ETHAccount) => key.sign('text.')],
    ['of a contract, which is longer', async (key: ETHAccount) => `${await key.sign('text')}${'00'.repeat(32)}`],
    ['without 0x', async (key: ETHAccount) => (await key.sign('text')).slice(2)],
    ['of zeros', () => `0x${'00'.repeat(65)}`],
    ['that is no text', () => 7],
    ['that is nothing', () => undefined],
  ] as const)
    it(`a signature ${name} is INTEGRITY, with a sentence about such wallets`, async () => {
      const { provider } = fakeWallet([alice], { personal_sign: () => sign(alice, bob) })
      const account = await client({ provider }).ethereum.connect()
      await assert.rejects(account.sign('text'), { code: 'INTEGRITY', message: /not signed by the key.*contracts/ })
      assert.equal(account.publicKey, undefined)
    })

  it('tells of changes in the wallet until it is asked no more', async () => {
    const { provider, emit, heard } = fakeWallet([alice])
    const account = await client({ provider }).ethereum.connect()
    const changes: WalletChange[] = []
    const [end, endOther] = [0, 1].map(() => account.onDidChange?.(change => changes.push(change)))
    assert.equal(heard(), 3)
    endOther?.()
    emit('accountsChanged', [bob.address])
    emit('accountsChanged', [bob.address, alice.address.toLowerCase()])
    emit('accountsChanged', 'nonsense')
    emit('chainChanged', '0x2105')
    emit('disconnect', new Error('gone'))
    assert.deepEqual(changes, [
      { type: 'accounts', isOffered: false },
      { type: 'accounts', isOffered: true },
      { type: 'accounts', isOffered: false },
      { type: 'chain' },
      { type: 'disconnect' },
    ])
    end?.()
    end?.()
    emit('chainChanged', '0x1')
    assert.equal(changes.length, 5)
    assert.equal(heard(), 0)
  })

  it('a wallet without events still works', async () => {
    const { request } = fakeWallet([alice]).provider
    const account = await client({ provider: { request } }).ethereum.connect()
    account.onDidChange?.(() => undefined)()
    assert.equal(await account.sign('text'), await alice.sign('text'))
  })

  it('the key stays in the wallet: nothing is decrypted with it, nor with an address', async () => {
    const account = await client({ provider: fakeWallet([alice]).provider }).ethereum.connect()
    assert.ok(!('decrypt' in account) && !('sharedPoint' in account))
    const { storage } = client({})
    const open = (account: Account) => storage.get('0'.repeat(64), { decrypt: { account } })
    await assert.rejects(open(account), { code: 'INVALID_INPUT', message: /can sign, but not decrypt: .* wallet/ })
    await assert.rejects(open(await AddressAccount.fromAddress(alice.address)), { code: 'READ_ONLY' })
  })

  describe('with a node', () => {
    const funded = '0xB419099ededAA239298223162A52401a36ac4895' // development account 2
    const node = useLocalNode({ balances: { [funded]: 100 } })

    it('publishes values, files and aggregates without naming an account, as the guide does', async () => {
      const { provider } = fakeWallet([alice])
      const aleph = new AlephHttpClient({
        endpoints: node().url,
        provider,
        clock: { ...systemClock, now: () => testDate },
      })
      await assert.rejects(aleph.storage.store('too early'), { code: 'INVALID_INPUT' })
      const account = await aleph.ethereum.connect()
      const value = await aleph.storage.store({ hello: 'world' }, { account, tags: ['example'] })
      assert.equal((await aleph.storage.get(value.item_hash)).sender, alice.address)
      const file = await aleph.storage.storeFile(new TextEncoder().encode('by wallet'))
      assert.equal((await aleph.messages.get(file.item_hash)).authority, 'owner')
      await aleph.aggregate.create('users', { name: 'Alice' }, { key: 'alice' })
      assert.deepEqual(await aleph.aggregate.get('users', 'alice', { verify: true }), { name: 'Alice' })
    })

    for (const [name, index] of [
      ['without funds, whose file goes first', 1],
      ['with funds, whose STORE goes beside its file', 2],
    ] as const)
      it(`a file whose signature is refused in the wallet is published by nobody: an account ${name}`, async () => {
        const key = await developmentAccount(index)
        const { provider, calls } = fakeWallet([key], { personal_sign: fail(4001) })
        const aleph = new AlephHttpClient({
          endpoints: node().url,
          provider,
          clock: { ...systemClock, now: () => testDate },
        })
        await aleph.ethereum.connect()
        await assert.rejects(aleph.storage.storeFile(new TextEncoder().encode('refused')), {
          code: 'ABORTED',
          message: 'The request was refused in the wallet.',
        })
        assert.deepEqual(await aleph.address.files(key.address).next(), { done: true, value: undefined })
        assert.equal(calls.filter(({ method }) => method === 'personal_sign').length, 1)
      })
  })
})
