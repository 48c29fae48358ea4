import { strict as assert } from 'node:assert'
import { randomBytes } from 'node:crypto'
import { ETHAccount } from '../../../src/client/account.js'
import { openEcies, sealEcies } from '../../../src/client/encryption/ecies.js'
import type { AlephError } from '../../../src/client/errors.js'
import { developmentAccount, developmentKey } from '../../helpers/accounts.js'
import { open, publicKeyOf, seal, sharedPointOf } from '../../helpers/ecies.js'

/** The vector of protocol §7.1: the widely known development key, ephemeral key 32 × 01, nonce 16 × 02. */
const secret = Buffer.from('ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80', 'hex')
const ephemeral = Buffer.alloc(32, 1)
const nonce = Buffer.alloc(16, 2)
const vector = Buffer.from(
  '041b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f70beaf8f588b541507fed6a642c5ab42dfdf8120a7f639de5122d47a69a8e8d102020202020202020202020202020202249c0b6a9f9e3f738a3e505c113297c9647a4bfd3cfb3568f2cced',
  'hex',
)
const plaintext = Buffer.from('hello aleph')
const scripted = (length: number) => new Uint8Array(length === 32 ? ephemeral : nonce)

const failsDecryption = (promise: Promise<unknown>) =>
  assert.rejects(promise, (error: AlephError) => {
    assert.equal(error.code, 'DECRYPTION')
    assert.equal(error.cause, undefined)
    assert.match(error.message, /^This can not be decrypted: it is not for this key or passphrase, or/)
    return true
  })

describe('ECIES', () => {
  it('makes the bytes of the vector, for the compressed and the uncompressed spelling of the key', async () => {
    for (const form of ['compressed', 'uncompressed'] as const)
      assert.deepEqual(Buffer.from(await sealEcies(publicKeyOf(secret, form), plaintext, scripted)), vector)
  })

  it('opens the vector with the account of its key', async () => {
    const account = await ETHAccount.fromPrivateKey(secret.toString('hex'))
    assert.deepEqual(Buffer.from(await account.decrypt(vector)), plaintext)
  })

  it('is opened by another implementation and opens what that seals, whatever the length', async () => {
    const account = await developmentAccount(5)
    const recipient = Buffer.from(developmentKey(5).slice(2), 'hex')
    for (const length of [0, 1, 15, 16, 17, 4096, 100_000]) {
      const bytes = randomBytes(length)
      const own = randomBytes(32)
      const sealed = await sealEcies(publicKeyOf(recipient), bytes, size =>
        size === 32 ? new Uint8Array(own) : new Uint8Array(randomBytes(size)),
      )
      assert.deepEqual(open({ ephemeral: own, recipient }, sealed), bytes)
      const theirs = seal({ ephemeral: randomBytes(32), recipient }, randomBytes(16), bytes)
      assert.deepEqual(Buffer.from(await account.decrypt(theirs)), bytes)
    }
  })

  it('uses another ephemeral key and nonce each time', async () => {
    const [one, two] = await Promise.all([0, 1].map(() => sealEcies(publicKeyOf(secret), plaintext)))
    assert.ok(one && two)
    assert.notDeepEqual(one.subarray(0, 65), two.subarray(0, 65))
    assert.notDeepEqual(one.subarray(65, 81), two.subarray(65, 81))
  })

  it('tells no wrong key, changed bit, missing byte or other encoding from another', async () => {
    const account = await ETHAccount.fromPrivateKey(secret.toString('hex'))
    await failsDecryption((await developmentAccount(0)).decrypt(vector))
    for (let at = 0; at < vector.length; at++) {
      const changed = Buffer.from(vector)
      changed[at] = (changed[at] as number) ^ 1
      await failsDecryption(account.decrypt(changed))
    }
    for (const length of [0, 1, 65, 96, 97, vector.length - 1])
      await failsDecryption(account.decrypt(vector.subarray(0, length)))
    await failsDecryption(account.decrypt(Buffer.concat([vector, Buffer.from([0])])))
    const compressed = publicKeyOf(ephemeral, 'compressed')
    await failsDecryption(account.decrypt(Buffer.concat([compressed, vector.subarray(65)])))
    // 06 and 07 are spellings of the same point that other libraries take.
    await failsDecryption(account.decrypt(Buffer.concat([Buffer.from([7]), vector.subarray(1)])))
  })

  it('asks no key for a point before the length and the first byte are right', async () => {
    let asked = 0
    const count = () => {
      asked++
      return new Uint8Array(65)
    }
    for (const bytes of [vector.subarray(0, 96), Buffer.concat([Buffer.from([2]), vector.subarray(1)])])
      await failsDecryption(openEcies(bytes, count))
    assert.equal(asked, 0)
  })

  it('refuses what is no bytes', () =>
    developmentAccount(0).then(account => assert.rejects(account.decrypt('hello' as never), { code: 'INVALID_INPUT' })))
})

describe('ETHAccount.sharedPoint', () => {
  it('is the whole point that both keys make', async () => {
    const account = await developmentAccount(1)
    const own = Buffer.from(developmentKey(1).slice(2), 'hex')
    for (const form of ['compressed', 'uncompressed'] as const)
      assert.deepEqual(Buffer.from(await account.sharedPoint(publicKeyOf(secret, form))), sharedPointOf(own, secret))
  })

  const point = publicKeyOf(secret)
  for (const [name, key] of [
    ['not on the curve', Buffer.concat([point.subarray(0, 64), Buffer.from([(point[64] as number) ^ 1])])],
    ['an x without a point', Buffer.concat([Buffer.from([2]), Buffer.alloc(31), Buffer.from([5])])],
    ['only an x', point.subarray(1, 33)],
    ['without its first byte', point.subarray(1)],
    ['in the hybrid spelling', Buffer.concat([Buffer.from([6]), point.subarray(1)])],
    ['the point at infinity', Buffer.from([0])],
    ['an x above the field', Buffer.concat([Buffer.from([2]), Buffer.alloc(32, 255)])],
    ['a private key', secret],
  ] as const)
    it(`refuses a key that is ${name}`, async () => {
      const account = await developmentAccount(1)
      await assert.rejects(account.sharedPoint(key), (error: AlephError) => {
        assert.equal(error.code, 'INVALID_INPUT')
        assert.equal(error.cause, undefined)
        return true
      })
    })
})
