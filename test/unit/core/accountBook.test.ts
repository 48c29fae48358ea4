import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import type { LostAccount } from '../../../src/core/session.js'
import { readAccountList, writeAccountList } from '../../../src/core/accountList.js'
import { readKeyFile } from '../../../src/core/keyFile.js'
import { reasonText } from '../../../src/core/reason.js'
import { AlephError } from '../../../src/client/index.js'
import { secretKey } from '../../../src/shared/ids.js'
import { untranslated } from '../../../src/shared/translate.js'
import { makeSession, owner } from './fakes.js'

const privateKey = `0x${'11'.repeat(32)}`
const other = `0x${'22'.repeat(32)}`
const bytes = (text: string) => new TextEncoder().encode(text)

describe('account list', () => {
  const address = '0x51A58800b26AA1451aaA803d1746687cB88E0501'

  it('of accounts that act for themselves is of version 1, as it always was', () => {
    const text = writeAccountList([{ address, name: 'alice', kind: 'key' }])
    equal((JSON.parse(text) as { version: number }).version, 1)
    deepEqual(readAccountList(text), [{ address, name: 'alice', kind: 'key' }])
  })

  it('with an owner is of a version that code without owners refuses', () => {
    const text = writeAccountList([{ address, name: 'alice', kind: 'key', owner }])
    equal((JSON.parse(text) as { version: number }).version, 2)
    deepEqual(readAccountList(text), [{ address, name: 'alice', kind: 'key', owner }])
  })

  it('leaves out an account whose owner makes no sense: for oneself would be the wrong place', () => {
    const text = JSON.stringify({ version: 2, accounts: [{ address, name: 'alice', kind: 'key', owner: 'bob' }] })
    deepEqual(readAccountList(text), [])
  })

  it('names nobody whose key only a session has', () => {
    ok(!writeAccountList([{ address, name: 'alice', kind: 'key', isSessionOnly: true }]).includes(address))
  })
})

describe('account book', () => {
  it('keeps a key for the session in memory only, where it signs and goes', async () => {
    const { book, session, secrets, file, masked } = makeSession()
    const { address } = await book.addKey(privateKey, 'alice', { isSessionOnly: true })
    deepEqual(session.accounts, [{ address, name: 'alice', kind: 'key', isSessionOnly: true }])
    equal(secrets.entries.size, 0)
    equal(file.text, undefined)
    deepEqual(masked, [privateKey])
    equal((await session.signer(session.active)).address, address)
    equal(await book.privateKey(session.active.account as never), privateKey)

    await book.rename(address, 'bob')
    equal(session.active.account.name, 'bob')
    await book.remove(address)
    equal(session.account, undefined)
    equal(file.text, undefined)
  })

  it('keeps nothing when the secret storage refuses', async () => {
    const { book, secrets, file } = makeSession()
    secrets.store = () => Promise.reject(new Error('no keyring'))
    await rejects(book.addKey(privateKey, 'alice'), /no keyring/)
    equal(file.text, undefined)
    deepEqual(book.accounts, [])
  })

  it('says which account lost its key, and takes it back in the same place', async () => {
    const { book, session, secrets } = makeSession()
    const { address } = await book.addKey(privateKey, 'alice', { owner: owner.toLowerCase() })
    await book.addKey(other, 'bob')
    const [alice] = book.accounts
    ok(alice)
    equal(alice.owner, owner)
    secrets.entries.delete(secretKey(address))
    equal(await book.hasKey(alice), false)
    await rejects(session.signer({ account: alice, network: session.network }), {
      code: 'READ_ONLY',
      details: { missingKeyOf: address },
    })

    await book.addKey(privateKey, 'alice', { owner })
    deepEqual(
      book.accounts.map(({ name }) => name),
      ['alice', 'bob'],
    )
    equal(await book.hasKey(alice), true)
  })

  it('does not sign with the key of another account', async () => {
    const { book, secrets } = makeSession()
    const entry = await book.addKey(privateKey, 'alice')
    secrets.entries.set(secretKey(entry.address), JSON.stringify({ version: 1, privateKey: other }))
    await rejects(book.signer(entry), { code: 'READ_ONLY' })
    await rejects(book.privateKey(entry), { code: 'READ_ONLY' })
  })

  it('gives an address that was watched its key, and a new name what it was', async () => {
    const { book } = makeSession()
    const { address } = await book.addAddress('0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A', 'mine')
    await book.addKey(other, 'bob')
    const entry = await book.addKey(privateKey, 'mine')
    equal(entry.address, address)
    deepEqual(
      book.accounts.map(({ name, kind }) => [name, kind]),
      [
        ['mine', 'key'],
        ['bob', 'key'],
      ],
    )
    await book.rename(address, ' \u202e$(zap)  name\n')
    equal(book.find(address)?.name, '$(zap) name')
    await book.rename(address, '')
    equal(book.find(address)?.name, '0x19E7…ff2A')
  })
})

describe('an account that another window removes', () => {
  async function twoAccounts() {
    const all = makeSession()
    const alice = await all.book.addKey(privateKey, 'alice')
    const bob = await all.book.addKey(other, 'bob')
    const lost: LostAccount[] = []
    all.session.onDidLoseAccount(each => lost.push(each))
    const elsewhere = async (...accounts: object[]) => {
      all.file.writeElsewhere(JSON.stringify({ version: 1, accounts }))
      await all.book.load()
    }
    return { ...all, alice, bob, lost, elsewhere }
  }

  it('is told once, with the one that takes its place', async () => {
    const { session, alice, bob, lost, elsewhere } = await twoAccounts()
    session.useAccount(alice.address)
    await elsewhere(bob)
    await elsewhere(bob)
    deepEqual(
      lost.map(({ lost, now }) => [lost.name, now?.name]),
      [['alice', 'bob']],
    )
    await elsewhere()
    deepEqual(lost.at(-1), { lost: bob, now: undefined })
  })

  it('is not told when it is not the one in use, or was removed here', async () => {
    const { session, book, alice, bob, lost, elsewhere } = await twoAccounts()
    session.useAccount(bob.address)
    await elsewhere(bob)
    await book.remove(bob.address)
    deepEqual(lost, [])
    equal(alice.name, 'alice')
  })

  it('is told when this window learns of it by writing the list itself', async () => {
    const { session, book, file, alice, bob, lost } = await twoAccounts()
    session.useAccount(alice.address)
    file.text = JSON.stringify({ version: 1, accounts: [bob] })
    await book.rename(bob.address, 'robert')
    deepEqual(
      lost.map(({ lost }) => lost.name),
      ['alice'],
    )
  })

  it('is not told at the start of a window', async () => {
    const here = makeSession(undefined, { address: owner })
    here.file.text = JSON.stringify({ version: 1, accounts: [] })
    const lost: LostAccount[] = []
    here.session.onDidLoseAccount(each => lost.push(each))
    await here.session.start()
    deepEqual(lost, [])
  })
})

describe('key files', () => {
  const raw = Uint8Array.from({ length: 32 }, (_, i) => i + 1)
  const digits = Buffer.from(raw).toString('hex')

  for (const [name, content] of [
    ['32 bytes', raw],
    ['digits', bytes(digits)],
    ['digits after 0x, and a line end', bytes(`0x${digits.toUpperCase()}\r\n`)],
    ['digits after a byte order mark', bytes(`\ufeff${digits}`)],
  ] as const)
    it(`hold a key as ${name}`, () => deepEqual(readKeyFile(content), { kind: 'key', privateKey: `0x${digits}` }))

  it('hold 32 bytes even if these are text', () => {
    const text = 'abcdefghijklmnopqrstuvwxyz012345'
    deepEqual(readKeyFile(bytes(text)), { kind: 'key', privateKey: `0x${Buffer.from(text).toString('hex')}` })
  })

  it('hold a keystore', () =>
    deepEqual(readKeyFile(bytes(' {"version":3}\n')), { kind: 'keystore', json: '{"version":3}' }))

  for (const [name, content] of [
    ['nothing', new Uint8Array(0)],
    ['33 bytes', new Uint8Array(33)],
    ['words', bytes('hunter2 hunter2')],
    ['bytes that are no text', Uint8Array.from([0xff, 0xfe, 0xfd])],
    ['63 digits', bytes(digits.slice(1))],
    ['more than any key', new Uint8Array(70_000)],
  ] as const)
    it(`are not ${name}, and nothing of it is repeated`, () => {
      try {
        readKeyFile(content)
        ok(false)
      } catch (error) {
        equal((error as AlephError).code, 'INVALID_INPUT')
        ok(!String(error).includes('hunter2') && !String(error).includes(digits.slice(5)))
      }
    })
})

describe('a refusal for lack of permission', () => {
  it('says what the owner has to do', () => {
    const refused = (error_code: number) =>
      new AlephError('REJECTED', 'The network refused it.', { details: { error_code } })
    ok(reasonText(refused(2), untranslated).startsWith('The owner of the storage has not allowed this key'))
    equal(reasonText(refused(5), untranslated), 'The network refused it.')
  })
})
