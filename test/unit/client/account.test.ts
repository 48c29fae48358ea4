import { strict as assert } from 'node:assert'
import { inspect } from 'node:util'
import { AddressAccount, ETHAccount, checksumAddress } from '../../../src/client/account.js'
import type { AlephError } from '../../../src/client/errors.js'
import { verifySignature } from '../../../src/client/message/verify.js'
import { developmentKey } from '../../helpers/accounts.js'

// Published with BIP-39's own examples and known to every wallet; nobody keeps anything there.
const phrase = 'test test test test test test test test test test test junk'
const phraseAddress = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'

describe('ETHAccount', () => {
  it('takes a key with and without 0x, and blanks around it', async () => {
    const key = developmentKey(0)
    for (const form of [key, key.slice(2), ` ${key.toUpperCase().replace('0X', '0x')}\n`])
      assert.equal((await ETHAccount.fromPrivateKey(form)).address, '0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3')
  })

  it('takes a mnemonic in any spacing and case', async () => {
    assert.equal((await ETHAccount.fromMnemonic(phrase)).address, phraseAddress)
    assert.equal(
      (await ETHAccount.fromMnemonic(`  ${phrase.toUpperCase().replace(/ /g, ' \n ')} `)).address,
      phraseAddress,
    )
  })

  const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
  for (const [name, key] of [
    ['one digit short', developmentKey(0).slice(0, -1)],
    ['one digit long', `${developmentKey(0)}0`],
    ['not hexadecimal', developmentKey(0).replace('ac', 'zz')],
    ['zero', '0'.repeat(64)],
    ['the order of the curve', order],
    ['empty', ''],
  ] as const)
    it(`refuses a key that is ${name}, without repeating it`, () =>
      assert.rejects(ETHAccount.fromPrivateKey(key), (error: AlephError) => {
        assert.equal(error.code, 'INVALID_INPUT')
        assert.equal(error.cause, undefined)
        if (key) assert.ok(!inspect(error, { depth: 9 }).includes(key.replace('0x', '').slice(4)))
        return true
      }))

  for (const [name, words] of [
    ['a wrong word', phrase.replace('junk', 'jumk')],
    ['a wrong checksum', phrase.replace('junk', 'test')],
    ['eleven words', phrase.slice(5)],
    ['nothing', ''],
  ] as const)
    it(`refuses a mnemonic with ${name}, without repeating it`, () =>
      assert.rejects(ETHAccount.fromMnemonic(words), (error: AlephError) => {
        assert.equal(error.code, 'INVALID_INPUT')
        assert.ok(!words || !inspect(error, { depth: 9 }).includes(words))
        return true
      }))

  it('generates keys that differ and sign', async () => {
    const [one, two] = await Promise.all([ETHAccount.generate(), ETHAccount.generate()])
    assert.notEqual(one.account.address, two.account.address)
    assert.equal((await ETHAccount.fromPrivateKey(one.privateKey)).address, one.account.address)
    const message = { chain: 'ETH', sender: one.account.address, type: 'POST', item_hash: 'x' }
    const signature = await one.account.sign(Object.values(message).join('\n'))
    assert.equal(await verifySignature({ ...message, signature }), true)
    assert.match(one.account.publicKey, /^0x0[23][0-9a-f]{64}$/)
  })

  it('shows its key to no printer, serialiser or enumeration', async () => {
    const key = developmentKey(3)
    const account = await ETHAccount.fromPrivateKey(key)
    const shown = [
      inspect(account, { depth: 9, showHidden: true }),
      JSON.stringify(account),
      String(account),
      ...Object.keys(account),
    ].join()
    assert.ok(!shown.includes(key.slice(2)))
  })
})

describe('AddressAccount', () => {
  it('reads the checksum spelling and can not sign', async () => {
    const account = await AddressAccount.fromAddress('0x34f382eeb74de6a1906f7cb4759b4860b33c5df3')
    assert.equal(account.address, '0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3')
    await assert.rejects(account.sign(), { code: 'READ_ONLY' })
  })

  it('refuses a wrong checksum and what is no address', async () => {
    for (const bad of ['0x34F382eeb74De6A1906f7Cb4759B4860B33c5dF3', '0x34', 'alice.eth', ''])
      await assert.rejects(checksumAddress(bad), { code: 'INVALID_INPUT' })
  })
})
