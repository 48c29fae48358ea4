import { strict as assert } from 'node:assert'
import { inspect } from 'node:util'
import { Wallet } from 'ethers'
import { ETHAccount } from '../../../src/client/account.js'
import type { AlephError } from '../../../src/client/errors.js'
import { openKeystore, sealKeystore } from '../../../src/client/keystore.js'
import { openingForms } from '../../../src/client/passphrase.js'
import { developmentKey } from '../../helpers/accounts.js'

// The two examples of the Web3 Secret Storage definition.
const secret = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'
const address = '0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b'
const examples = {
  pbkdf2: {
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
      ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
      kdf: 'pbkdf2',
      kdfparams: {
        c: 262144,
        dklen: 32,
        prf: 'hmac-sha256',
        salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
      },
      mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
    },
    id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
    version: 3,
  },
  scrypt: {
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
      ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
      kdf: 'scrypt',
      kdfparams: {
        dklen: 32,
        n: 262144,
        p: 8,
        r: 1,
        salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
      },
      mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
    },
    id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
    version: 3,
  },
}
const password = 'testpassword'

type Json = { [name: string]: unknown }

/** An example with other values at these paths, such as `crypto.kdf`. */
function changed(kind: keyof typeof examples, values: Json): string {
  const file = structuredClone(examples[kind]) as Json
  for (const [path, value] of Object.entries(values)) {
    const names = path.split('.')
    const last = names.pop() ?? ''
    const parent = names.reduce<Json>((object, name) => object[name] as Json, file)
    parent[last] = value
  }
  return JSON.stringify(file)
}

describe('keystores', function () {
  this.timeout(60_000)

  for (const [name, file] of Object.entries(examples))
    it(`opens the standard’s example with ${name}`, async () => {
      assert.equal(await openKeystore(JSON.stringify(file), password), secret)
      assert.equal((await ETHAccount.fromKeystore(JSON.stringify(file), password)).address, address)
    })

  it('opens one as ethers writes it, also with a password outside of ASCII', async () => {
    const wallet = new Wallet(developmentKey(4))
    for (const text of ['correct horse', 'Zoë’s ﬁrst 🦊'])
      assert.equal(await openKeystore(wallet.encryptSync(text), text), developmentKey(4))
  })

  it('writes one that ethers opens, and no two alike', async () => {
    // Without characters of compatibility, which ethers alone would take apart.
    const text = 'Zoë’s first 🦊'
    const [one, two] = [await sealKeystore(developmentKey(5), text), await sealKeystore(developmentKey(5), text)]
    assert.equal((await Wallet.fromEncryptedJson(one, text)).privateKey, developmentKey(5))
    assert.equal(await openKeystore(two, text), developmentKey(5))
    const { crypto: a } = JSON.parse(one) as typeof examples.scrypt
    const { crypto: b } = JSON.parse(two) as typeof examples.scrypt
    assert.notEqual(a.ciphertext, b.ciphertext)
    assert.notEqual(a.kdfparams.salt, b.kdfparams.salt)
    assert.deepEqual([a.kdfparams.n, a.kdfparams.r, a.kdfparams.p], [131072, 8, 1])
    for (const json of [one, two]) assert.ok(!json.includes(developmentKey(5).slice(2)))
  })

  it('says that a password is wrong, and tells nothing else', async () => {
    for (const wrong of ['hunter2hunter2', ''])
      await assert.rejects(openKeystore(JSON.stringify(examples.pbkdf2), wrong), (error: AlephError) => {
        assert.equal(error.code, 'DECRYPTION')
        const shown = inspect(error, { depth: 9 })
        assert.ok(!shown.includes('hunter2') && !shown.includes(examples.pbkdf2.crypto.mac))
        return true
      })
  })

  it('refuses a file whose key is not that of its address', async () => {
    const json = changed('pbkdf2', { address: '34f382eeb74de6a1906f7cb4759b4860b33c5df3' })
    await assert.rejects(openKeystore(json, password), { code: 'INTEGRITY' })
    assert.equal(await openKeystore(changed('pbkdf2', { address: address }), password), secret)
  })

  it('reads numbers written by careless tools: 0x, upper case, a version as text', async () => {
    const { crypto } = examples.pbkdf2
    const json = changed('pbkdf2', {
      crypto: undefined,
      Crypto: { ...crypto, mac: `0x${crypto.mac.toUpperCase()}` },
      version: '3',
    })
    assert.equal(await openKeystore(json, password), secret)
  })

  for (const [name, json] of [
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['null', 'null'],
    ['a list', '[]'],
    ['something else', '{"version":3}'],
    ['a file of an older version', changed('scrypt', { version: 1 })],
    ['a megabyte', changed('scrypt', { note: 'x'.repeat(1_000_000) })],
    ['an unknown cipher', changed('scrypt', { 'crypto.cipher': 'aes-128-cbc' })],
    ['an unknown derivation', changed('scrypt', { 'crypto.kdf': 'argon2' })],
    ['a derivation of the other kind', changed('scrypt', { 'crypto.kdf': 'pbkdf2' })],
    ['another hash', changed('pbkdf2', { 'crypto.kdfparams.prf': 'hmac-md5' })],
    ['a key of another length', changed('scrypt', { 'crypto.kdfparams.dklen': 1e9 })],
    ['a mac that is cut', changed('scrypt', { 'crypto.mac': '2103' })],
    ['a long ciphertext', changed('scrypt', { 'crypto.ciphertext': 'ab'.repeat(1000) })],
    ['an n that needs 128 GiB', changed('scrypt', { 'crypto.kdfparams.n': 2 ** 30 })],
    ['an n that is no power of two', changed('scrypt', { 'crypto.kdfparams.n': 262143 })],
    ['an n of one', changed('scrypt', { 'crypto.kdfparams.n': 1 })],
    ['an n below zero', changed('scrypt', { 'crypto.kdfparams.n': -2 })],
    ['an n as text', changed('scrypt', { 'crypto.kdfparams.n': '262144' })],
    ['a huge r', changed('scrypt', { 'crypto.kdfparams.r': 2 ** 40 })],
    ['a huge p', changed('scrypt', { 'crypto.kdfparams.p': 2 ** 20 })],
    ['rounds without end', changed('pbkdf2', { 'crypto.kdfparams.c': 1e15 })],
  ] as const)
    it(`refuses ${name} at once`, async () => {
      const started = performance.now()
      await assert.rejects(openKeystore(json, password), { code: 'INVALID_INPUT' })
      assert.ok(performance.now() - started < 500)
    })

  it('lets other work go on, and ends when it is told to', async () => {
    const controller = new AbortController()
    const opening = openKeystore(JSON.stringify(examples.scrypt), password, controller.signal)
    // A timer fires only if the derivation lets it.
    setTimeout(() => controller.abort(), 20)
    await assert.rejects(opening, { code: 'ABORTED' })
    await assert.rejects(sealKeystore(secret, password, AbortSignal.abort()), { code: 'ABORTED' })
  })

  it('opens one whatever form its password was typed or written in, and writes the composed one', async () => {
    const decomposed = 'Zoe\u0308'
    const file = await sealKeystore(developmentKey(6), decomposed)
    assert.equal(await openKeystore(file, 'Zo\u00eb'), developmentKey(6))
    assert.equal(await openKeystore(file, decomposed), developmentKey(6))
  })

  it('does the work once where all forms of a password are the same', () => {
    assert.deepEqual(openingForms('correct horse'), ['correct horse'])
    assert.deepEqual(openingForms('Zo\u00eb'), ['Zo\u00eb', 'Zoe\u0308'])
    assert.equal(openingForms('\ufb01'.normalize('NFC')).length, 2)
  })

  it('ends a long derivation as soon as the caller gives up, with either function', async () => {
    for (const [kind, values] of [
      ['pbkdf2', { 'crypto.kdfparams.c': 2_000_000 }],
      ['scrypt', { 'crypto.kdfparams.n': 524_288, 'crypto.kdfparams.p': 8 }],
    ] as const) {
      const controller = new AbortController()
      setImmediate(() => controller.abort())
      await assert.rejects(openKeystore(changed(kind, values), password, controller.signal), { code: 'ABORTED' })
    }
  })

  it('refuses one that asks for more than some seconds of work before it begins', async () => {
    for (const [kind, values] of [
      ['pbkdf2', { 'crypto.kdfparams.c': 10_000_000 }],
      ['scrypt', { 'crypto.kdfparams.n': 1_048_576, 'crypto.kdfparams.p': 8 }],
      ['scrypt', { 'crypto.kdfparams.p': 1_000_000 }],
    ] as const)
      await assert.rejects(openKeystore(changed(kind, values), password), {
        code: 'INVALID_INPUT',
        message: /more memory or computing time/,
      })
  })

  it('is INVALID_INPUT for a version that is no number', () =>
    assert.rejects(openKeystore(changed('scrypt', { version: { valueOf: 1, toString: 1 } }), password), {
      code: 'INVALID_INPUT',
    }))
})
