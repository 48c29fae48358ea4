import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { ETHAccount } from '../../../src/client/index.js'
import { developmentAddresses } from '../../../src/core/developmentAccounts.js'
import { privateKeyOf, secretProblem } from '../../../src/core/importKey.js'
import { secretKey } from '../../../src/shared/ids.js'
import { untranslated } from '../../../src/shared/translate.js'
import { makeSession, owner } from './fakes.js'

const local = [{ name: 'local', url: 'http://127.0.0.1:4024', development: true }]
const privateKey = `0x${'11'.repeat(32)}`

describe('session', () => {
  it('begins without an account on mainnet', async () => {
    const { session } = makeSession()
    await session.start()
    equal(session.network.name, 'mainnet')
    equal(session.account, undefined)
    throws(() => session.active, { code: 'INVALID_INPUT' })
  })

  it('has the development accounts on a local node, the first one active, at once', () => {
    const { session } = makeSession(local)
    deepEqual(session.accounts.map(({ address }) => address).slice(0, 10), developmentAddresses)
    equal(session.active.account.address, developmentAddresses[0])
    equal(session.active.account.kind, 'development')
  })

  it('derives the key of every development account', async () => {
    const { session } = makeSession(local)
    for (const account of session.accounts) {
      const signer = await session.signer({ account, network: session.network })
      equal(signer.address, account.address)
    }
  })

  it('refuses a development account on another network, and stores nothing of it', async () => {
    const { session, secrets, file } = makeSession(local)
    const { account } = session.active
    session.useNetwork('mainnet')
    equal(session.account, undefined)
    await rejects(session.signer({ account, network: session.network }), { code: 'READ_ONLY' })
    equal(secrets.entries.size, 0)
    equal(file.text, undefined)
  })

  it('keeps a key in secret storage only', async () => {
    const { session, book, secrets, file, masked } = makeSession()
    const { address } = await book.addKey(privateKey, ' alice\n')
    session.useAccount(address)
    deepEqual(session.active.account, { address, name: 'alice', kind: 'key' })
    deepEqual([...secrets.entries.keys()], [secretKey(address)])
    ok(!file.text?.includes('1111'))
    deepEqual(masked, [privateKey])
    equal((await session.signer(session.active)).address, address)
  })

  it('reads with a watched address, and can not sign with it', async () => {
    const { session, book } = makeSession()
    await book.addAddress('0x51a58800b26aa1451aaa803d1746687cb88e0501', '')
    equal(session.active.account.name, '0x51A5…0501')
    const signer = await session.signer(session.active)
    await rejects(signer.sign('x'), { code: 'READ_ONLY' })
  })

  it('does not turn an account with a key into a watched one', async () => {
    const { book } = makeSession()
    const { address } = await book.addKey(privateKey, 'alice')
    equal((await book.addAddress(address, 'other')).kind, 'key')
  })

  it('returns to the account of before after a look at the local node', async () => {
    const { session, book, state } = makeSession(local)
    await book.addKey(privateKey, 'alice')
    const { address } = await book.addKey(`0x${'22'.repeat(32)}`, 'bob')
    session.useNetwork('mainnet')
    session.useAccount(address)
    session.useNetwork('local')
    equal(session.active.account.kind, 'development')
    session.useNetwork('mainnet')
    equal(session.active.account.name, 'bob')
    // A new window with this choice begins there too.
    deepEqual(state.choice, { networkId: 'mainnet', address })
  })

  it('follows what another window adds, and keeps its own choice', async () => {
    const here = makeSession()
    const { address } = await here.book.addKey(privateKey, 'alice')
    here.session.useAccount(address)
    const elsewhere = JSON.parse(here.file.text ?? '') as { accounts: object[] }
    elsewhere.accounts.unshift({ address: owner, name: 'carol', kind: 'watch' })
    const changed = new Promise<void>(resolve => here.session.onDidChange(resolve))
    here.file.writeElsewhere(JSON.stringify(elsewhere))
    await changed
    deepEqual(
      here.session.accounts.map(({ name }) => name),
      ['carol', 'alice'],
    )
    equal(here.session.active.account.name, 'alice')
  })

  it('takes away the key with the account, also in the middle of an upload', async () => {
    const { session, book, secrets } = makeSession()
    await book.addKey(privateKey, 'alice')
    const { active } = session
    await book.remove(active.account.address)
    equal(secrets.entries.size, 0)
    equal(session.account, undefined)
    await rejects(session.signer(active), { code: 'READ_ONLY' })
  })

  it('says so when the secret storage lost the key', async () => {
    const { session, book, secrets } = makeSession()
    await book.addKey(privateKey, 'alice')
    secrets.entries.clear()
    await rejects(session.signer(session.active), { code: 'READ_ONLY' })
  })

  it('leaves a list of a later version alone', async () => {
    const { session, book, file, errors } = makeSession()
    file.text = '{"version":3,"accounts":[]}'
    await session.start()
    equal(errors.length, 1)
    await rejects(book.addKey(privateKey, 'alice'))
    equal(file.text, '{"version":3,"accounts":[]}')
  })

  it('skips entries of the list that make no sense', async () => {
    const { session, file } = makeSession()
    file.text = JSON.stringify({ version: 1, accounts: [7, { address: 'x' }, { address: owner, kind: 'watch' }] })
    await session.start()
    deepEqual(
      session.accounts.map(({ address }) => address),
      [owner],
    )
  })
})

describe('importing a key', () => {
  const phrase = 'test test test test test test test test test test test junk'

  it('takes a private key with and without 0x', async () => {
    equal(await privateKeyOf(privateKey), privateKey)
    equal(await privateKeyOf(` ${privateKey.slice(2)}\n`), privateKey)
  })

  it('takes a mnemonic and keeps only the key of its first account', async () => {
    const key = await privateKeyOf(` ${phrase.toUpperCase()} `)
    equal(key, '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
    equal((await ETHAccount.fromPrivateKey(key)).address, (await ETHAccount.fromMnemonic(phrase)).address)
  })

  it('never repeats what was typed', async () => {
    for (const secret of [`${'f'.repeat(64)}`, phrase.replace('junk', 'hunter2'), 'hunter2 '.repeat(12)]) {
      const error = await privateKeyOf(secret).then(
        () => new Error('accepted'),
        (reason: Error) => reason,
      )
      equal((error as { code?: string }).code, 'INVALID_INPUT')
      ok(!error.message.includes('hunter2') && !error.message.includes('ffff'))
    }
    ok(!secretProblem('hunter2', untranslated)?.includes('hunter2'))
    equal(secretProblem(privateKey, untranslated), undefined)
    equal(secretProblem(phrase, untranslated), undefined)
  })
})
