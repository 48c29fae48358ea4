import { strict as assert } from 'node:assert'
import { createECDH } from 'node:crypto'
import { inspect } from 'node:util'
import { AddressAccount, type Account, type ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import { assertStaysEncrypted } from '../../../src/client/encryption/options.js'
import type { EncryptFor } from '../../../src/client/encryption/types.js'
import type { AlephError, ErrorCode } from '../../../src/client/errors.js'
import { systemClock } from '../../../src/client/http/clock.js'
import { JsonText } from '../../../src/client/message/jsonText.js'
import type { PostContent } from '../../../src/client/message/types.js'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { developmentAccount, developmentKey } from '../../helpers/accounts.js'
import { publicKeyOf } from '../../helpers/ecies.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'
import { post, publish } from '../../helpers/signed.js'

const node = useLocalNode()

let alice: ETHAccount
let bob: ETHAccount
let carol: ETHAccount
let identity: string
let ageRecipient: string
before(async () => {
  ;[alice, bob, carol] = (await Promise.all([0, 1, 2].map(developmentAccount))) as [ETHAccount, ETHAccount, ETHAccount]
  identity = await generateIdentity()
  ageRecipient = await identityToRecipient(identity)
})

const client = (account: Account, options: AlephOptions = {}) =>
  new AlephHttpClient({ endpoints: node().url, account, clock: { ...systemClock, now: () => testDate }, ...options })

/** What is on the wire. */
async function stored(itemHash: string) {
  const { content } = await client(alice).messages.get(itemHash)
  return (content as PostContent).content as Record<string, unknown> & {
    data: string
    encryption: Record<string, unknown>
  }
}

function fails(promise: Promise<unknown>, code: ErrorCode, pattern = /./, secret?: string) {
  return assert.rejects(promise, (error: AlephError) => {
    assert.equal(error.code, code, error.message)
    assert.match(error.message, pattern)
    if (secret) assert.ok(!inspect(error, { depth: 9 }).toLowerCase().includes(secret.toLowerCase()))
    return true
  })
}

const value = { text: 'Zoë', percent: '100%', list: [1, 2, { deep: null }] }

describe('encrypted values', () => {
  it('for one key has the wire form of the protocol, and only that key opens it', async () => {
    const { item_hash } = await client(alice).storage.store(value, {
      encryptFor: bob.publicKey,
      tags: ['note'],
      metadata: { title: 'open' },
    })
    const content = await stored(item_hash)
    assert.deepEqual(Object.keys(content).sort(), ['data', 'encryption', 'metadata', 'tags'])
    assert.deepEqual(content.tags, ['note', 'encrypted'])
    assert.deepEqual(content.encryption, {
      scheme: 'ecies-secp256k1-aes256gcm',
      version: 1,
      encoding: 'base64',
      plaintext: 'json',
      recipient: bob.publicKey.slice(2),
    })
    assert.deepEqual(JSON.parse(Buffer.from(await bob.decrypt(Buffer.from(content.data, 'base64'))).toString()), value)

    const opened = await client(bob).storage.get(item_hash, { decrypt: true })
    assert.deepEqual(opened.content, value)
    assert.equal(opened.encryption?.scheme, 'ecies-secp256k1-aes256gcm')
    assert.equal(opened.sender, alice.address)
    assert.ok(!('from' in opened))
    await fails(client(alice).storage.get(item_hash, { decrypt: true }), 'DECRYPTION', /not for this key/)
    assert.deepEqual((await client(alice).storage.get(item_hash, { decrypt: { account: bob } })).content, value)
  })

  it('comes sealed, and says so, without decrypt', async () => {
    const { item_hash } = await client(alice).storage.store(value, { encryptFor: 'self' })
    const sealed = await client(alice).storage.get(item_hash)
    assert.equal(sealed.content, (await stored(item_hash)).data)
    assert.equal(sealed.encryption?.version, 1)
    assert.deepEqual(sealed.tags, ['encrypted'])
  })

  it('comes as it is with decrypt when it never was encrypted', async () => {
    const { item_hash } = await client(alice).storage.store(value)
    const plain = await client(alice).storage.get(item_hash, { decrypt: true })
    assert.deepEqual(plain.content, value)
    assert.ok(!('encryption' in plain))
    const own = await client(alice).storage.store({ data: 'x', encryption: { scheme: 'age' } })
    assert.deepEqual((await client(alice).storage.get(own.item_hash, { decrypt: true })).content, {
      data: 'x',
      encryption: { scheme: 'age' },
    })
  })

  it('for several is of age, and each of them opens it, an age identity too', async () => {
    const encryptFor = ['self', bob.publicKey, ageRecipient]
    const { item_hash } = await client(alice).storage.store(value, { encryptFor })
    const { encryption } = await stored(item_hash)
    assert.deepEqual(encryption, { scheme: 'age', version: 1, encoding: 'base64', plaintext: 'json' })
    const aleph = client(alice)
    for (const decrypt of [
      true,
      { account: bob },
      { identities: [identity] },
      { account: carol, identities: [identity] },
    ] as const)
      assert.deepEqual((await aleph.storage.get(item_hash, { decrypt })).content, value)
    await fails(client(carol).storage.get(item_hash, { decrypt: true }), 'DECRYPTION')
    await fails(aleph.storage.get(item_hash, { decrypt: { identities: [await generateIdentity()] } }), 'DECRYPTION')
    await fails(aleph.storage.get(item_hash, { decrypt: { passphrase: 'x' } }), 'DECRYPTION')
  })

  it('under a passphrase is opened by nothing else', async () => {
    const { item_hash } = await client(alice).storage.store(value, { encryptFor: { passphrase: 'pass phräse' } })
    assert.equal((await stored(item_hash)).encryption.scheme, 'age')
    const { storage } = client(alice)
    // As one keyboard spells the letter, and as another one does.
    for (const form of ['NFC', 'NFD'])
      assert.deepEqual(
        (await storage.get(item_hash, { decrypt: { passphrase: 'pass phräse'.normalize(form) } })).content,
        value,
      )
    await fails(storage.get(item_hash, { decrypt: { passphrase: 'pass phrase' } }), 'DECRYPTION')
    await fails(storage.get(item_hash, { decrypt: true }), 'DECRYPTION')
  }).timeout(30_000)

  it('of one age recipient is of age, and of one key named twice is not', async () => {
    const { storage } = client(alice)
    const age = await storage.store(1, { encryptFor: ageRecipient })
    assert.equal((await stored(age.item_hash)).encryption.scheme, 'age')
    const twice = await storage.store(1, {
      encryptFor: [
        bob.publicKey,
        publicKeyOf(Buffer.from(developmentKey(1).slice(2), 'hex'))
          .toString('hex')
          .toUpperCase(),
      ],
    })
    assert.equal((await stored(twice.item_hash)).encryption.scheme, 'ecies-secp256k1-aes256gcm')
  })

  it('keeps every JSON value, and the spelling of a number', async () => {
    for (const each of [null, false, 0, '', [], {}, 'x'.repeat(60_000)]) {
      const { item_hash } = await client(alice).storage.store(each, { encryptFor: ['self', bob.publicKey] })
      assert.deepEqual((await client(bob).storage.get(item_hash, { decrypt: true })).content, each)
    }
    const { item_hash } = await client(alice).storage.store(new JsonText('1.50'), { encryptFor: 'self' })
    const data = Buffer.from((await stored(item_hash)).data, 'base64')
    assert.equal(Buffer.from(await alice.decrypt(data)).toString(), '1.50')
  })

  it('reads 16 tags with its own, and refuses a 17th before anything is sent', async () => {
    const tags = Array.from({ length: 15 }, (_, i) => `tag${i}`)
    await client(alice).storage.store(1, { encryptFor: 'self', tags })
    await client(alice).storage.store(1, { encryptFor: 'self', tags: [...tags, 'encrypted'] })
    await fails(
      client(alice).storage.store(1, { encryptFor: 'self', tags: [...tags, 'x'] }),
      'INVALID_INPUT',
      /15 at most/,
    )
  })

  it('refuses, before anything is asked, whatever does not say for whom', async () => {
    const offline = new AlephHttpClient({
      endpoints: 'https://node.example',
      account: alice,
      fetch: () => Promise.reject(new Error('asked')),
    })
    for (const bad of [
      undefined,
      null,
      '',
      '  ',
      [],
      [''],
      [bob.publicKey, null],
      1,
      true,
      false,
      {},
      { passphrase: '' },
      { passphrase: 1 },
      { passphrase: 'x', also: 1 },
      [[bob.publicKey]],
      new Map(),
    ])
      await fails(offline.storage.store(1, { encryptFor: bad as EncryptFor }), 'INVALID_INPUT')
    await fails(offline.storage.store(undefined, { encryptFor: 'self' }), 'INVALID_INPUT', /value is undefined/)
    await fails(offline.storage.store({ a: [1n] }, { encryptFor: 'self' }), 'INVALID_INPUT', /value\.a\[0\]/)
    await fails(offline.storage.get('0'.repeat(64), { decrypt: {} }), 'INVALID_INPUT')
    for (const bad of [
      null,
      false,
      'self',
      [],
      { account: null },
      { passphrase: '' },
      { identities: [] },
      { identities: ['x'] },
      { other: 1 },
    ])
      await fails(offline.storage.get('0'.repeat(64), { decrypt: bad as never }), 'INVALID_INPUT')
    const wrong = `${identity.slice(0, -1)}${identity.endsWith('Q') ? 'P' : 'Q'}`
    const { item_hash } = await client(alice).storage.store(1, { encryptFor: ageRecipient })
    await fails(
      client(alice).storage.get(item_hash, { decrypt: { identities: [wrong] } }),
      'INVALID_INPUT',
      /character/,
      wrong,
    )
  })

  it('says that addresses and wallets can not decrypt, and nobody can without an account', async () => {
    const { item_hash } = await client(alice).storage.store(1, { encryptFor: 'self' })
    const reader = await AddressAccount.fromAddress(alice.address)
    await fails(client(reader).storage.get(item_hash, { decrypt: true }), 'READ_ONLY', /can not decrypt/)
    const wallet: Account = { address: alice.address, chain: 'ETH', sign: text => alice.sign(text) }
    await fails(client(wallet).storage.get(item_hash, { decrypt: true }), 'INVALID_INPUT', /can sign, but not decrypt/)
    await fails(new AlephHttpClient(node().url).storage.get(item_hash, { decrypt: true }), 'INVALID_INPUT', /account/)
    await fails(client(reader).storage.store(1, { encryptFor: 'self' }), 'READ_ONLY')
  })

  it('is refused when anything of it was changed, or its scheme is not known', async () => {
    const publishAs = async (content: unknown) => {
      const message = post(content, { type: 'aleph-storage' })
      await publish(node().url, message)
      return message.item_hash
    }
    const { storage } = client(alice)
    for (const encryptFor of ['self', ['self', bob.publicKey]]) {
      const { item_hash } = await storage.store('secret', { encryptFor })
      const { data, encryption } = await stored(item_hash)
      const open = async (content: unknown) => storage.get(await publishAs(content), { decrypt: true })
      assert.equal((await open({ data, encryption })).content, 'secret')
      const bytes = Buffer.from(data, 'base64')
      for (const at of [0, 30, 70, 85, bytes.length - 1]) {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] as number) ^ 4
        await fails(open({ data: changed.toString('base64'), encryption }), 'DECRYPTION')
      }
      for (const wrong of [
        '',
        'no base64!',
        data.replace(/=*$/, '=x'),
        `${data}AAAA`,
        bytes.subarray(0, -1).toString('base64'),
      ])
        await fails(open({ data: wrong, encryption }), 'DECRYPTION')
      await fails(open({ data: [...bytes], encryption }), 'DECRYPTION')
      for (const change of [
        { scheme: 'other' },
        { version: 2 },
        { version: '1' },
        { encoding: 'hex' },
        { plaintext: 'bytes' },
      ])
        await fails(
          open({ data, encryption: { ...encryption, ...change } }),
          'DECRYPTION',
          /way that is not known here/,
        )
    }
  })

  it('is no value at all when its author sealed something that is not JSON', async () => {
    const { sealEcies } = await import('../../../src/client/encryption/ecies.js')
    const encryption = { scheme: 'ecies-secp256k1-aes256gcm', version: 1, encoding: 'base64', plaintext: 'json' }
    for (const plaintext of [Buffer.from('{'), Buffer.from([0x22, 0xff, 0x22])]) {
      const sealed = await sealEcies(Buffer.from(alice.publicKey.slice(2), 'hex'), plaintext)
      const message = post({ data: Buffer.from(sealed).toString('base64'), encryption }, { type: 'aleph-storage' })
      await publish(node().url, message)
      await fails(client(alice).storage.get(message.item_hash, { decrypt: true }), 'DECRYPTION')
    }
  })

  it('ends within a tick when the caller gives up, also in the middle of scrypt', async () => {
    const controller = new AbortController()
    const promise = client(alice).storage.store(1, { encryptFor: { passphrase: 'x' }, signal: controller.signal })
    setTimeout(() => controller.abort(), 20)
    await fails(promise, 'ABORTED')
    await fails(client(alice).storage.store(1, { encryptFor: bob.address, signal: AbortSignal.abort() }), 'ABORTED')
  })
})

describe('recipients', () => {
  const store = (encryptFor: EncryptFor, options: AlephOptions = {}) =>
    client(alice, options).storage.store('for you', { encryptFor })
  const opens = async (account: ETHAccount, encryptFor: EncryptFor, options: AlephOptions = {}) => {
    const { item_hash } = await store(encryptFor, options)
    assert.equal((await client(account).storage.get(item_hash, { decrypt: true })).content, 'for you')
  }

  it('are keys in either spelling, with and without 0x, with blanks around', async () => {
    const long = publicKeyOf(Buffer.from(developmentKey(1).slice(2), 'hex')).toString('hex')
    for (const key of [bob.publicKey, bob.publicKey.slice(2).toUpperCase(), ` ${long}\n`, `0x${long}`])
      await opens(bob, key)
  })

  it('are contacts by name, of any other kind, and never another contact', async () => {
    const contacts = {
      Bob: bob.publicKey,
      me: 'self',
      loop: 'loop',
      'Bob too': 'Bob',
      AGE: ageRecipient,
      bad: 'ff'.repeat(32),
    }
    await opens(bob, 'Bob', { contacts })
    await opens(alice, 'me', { contacts })
    await store('AGE', { contacts })
    for (const name of ['loop', 'Bob too'])
      await fails(store(name, { contacts }), 'INVALID_INPUT', new RegExp(`contact “${name}” is no public key`))
    await fails(store('bad', { contacts }), 'INVALID_INPUT', /contact “bad” has 64 digits/, 'ffff')
    for (const name of ['Nobody', 'bob', 'toString', '__proto__'])
      await fails(store(name, { contacts }), 'INVALID_INPUT', /no contact/)
  })

  it('are addresses, by the key of anything that they signed', async () => {
    await publish(node().url, post('hi', {}, { by: 3 }))
    const dave = await developmentAccount(3)
    await opens(dave, dave.address)
    await opens(dave, dave.address.toLowerCase())
    await fails(
      store((await developmentAccount(9)).address),
      'INVALID_INPUT',
      /has signed nothing that this node knows.* ask its owner/,
    )
    const wrong = dave.address.replace(/[a-f]/, letter => letter.toUpperCase())
    await fails(
      store(wrong === dave.address ? dave.address.replace(/[A-F]/, letter => letter.toLowerCase()) : wrong),
      'INVALID_INPUT',
      /checksum/,
    )
  })

  it('believe a node nothing: only a signature that recovers to the address gives its key', async () => {
    const mallory = post('x', {}, { by: 4 })
    const eve = await developmentAccount(5)
    const lies = [
      mallory,
      { ...mallory, sender: eve.address },
      { ...post('x', {}, { by: 5 }), item_hash: '0'.repeat(64) },
      { ...mallory, sender: eve.address, chain: 'SOL', signature: { publicKey: 'x' } },
      null,
      { sender: eve.address },
    ]
    const aleph = new AlephHttpClient({
      endpoints: 'https://node.example',
      account: alice,
      fetch: async () => Response.json({ messages: lies }),
    })
    await fails(aleph.storage.store(1, { encryptFor: eve.address }), 'INVALID_INPUT', /signed nothing/)
  })

  it('find the key of a wallet, for self, in what it signed', async () => {
    const wallet: Account = { address: alice.address, chain: 'ETH', sign: text => alice.sign(text) }
    const { item_hash } = await client(wallet).storage.store('mine', { encryptFor: 'self' })
    assert.equal((await client(alice).storage.get(item_hash, { decrypt: true })).content, 'mine')
  })

  const p256 = createECDH('prime256v1')
  p256.setPrivateKey(Buffer.alloc(32, 7))
  const point = publicKeyOf(Buffer.alloc(32, 7))
  const offCurve = Buffer.from(point)
  offCurve[64] = (offCurve[64] as number) ^ 1
  const key = developmentKey(1)
  const zeroPoint = 'age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsz0tkux'
  for (const [name, text, pattern] of [
    ['a point that is not on the curve', offCurve.toString('hex'), /no public key of secp256k1/],
    ['a key of another curve', p256.getPublicKey('hex'), /no public key of secp256k1/],
    ['only an x', point.subarray(1, 33).toString('hex'), /64 digits/],
    ['a private key', key, /private key/],
    ['a private key without 0x', key.slice(2).toUpperCase(), /private key/],
    ['a key without its first byte', point.subarray(1).toString('hex'), /put 04/],
    ['a key in the hybrid spelling', `06${point.subarray(1).toString('hex')}`, /no public key/],
    ['an address of Solana', 'AzfsDdCQp8uqzR4ProJ7yyLGKNp9iXHt92rEoiAHG4Pw', /Solana/],
    ['an age recipient for another cipher', `age1pq1${'q'.repeat(1000)}`, /62 characters/],
    ['a mnemonic', 'test test test test test test test test test test test junk', /no contact/],
    ['a point of age of which every secret makes the same', zeroPoint, /age1/],
  ] as const)
    it(`refuse ${name}, in a list too, and do not repeat it`, async () => {
      await fails(store(text), 'INVALID_INPUT', pattern, text.replace(/^0x/, ''))
      await fails(store([bob.publicKey, text]), 'INVALID_INPUT', /^Recipient 2/, text.replace(/^0x/, ''))
    })

  it('refuse a secret key of age and a wrong letter in an age1… recipient', async () => {
    await fails(store(identity), 'INVALID_INPUT', /secret key of age/, identity.slice(20))
    await fails(store(identity.toLowerCase()), 'INVALID_INPUT', /secret key of age/, identity.slice(20))
    const last = ageRecipient.endsWith('q') ? 'p' : 'q'
    await fails(store(ageRecipient.slice(0, -1) + last), 'INVALID_INPUT', /character is wrong/)
    await fails(store(`age1${'b'.repeat(58)}`), 'INVALID_INPUT')
  })

  it('are 20 accounts at most', async () => {
    const keys = Array.from({ length: 21 }, (_, i) =>
      publicKeyOf(Buffer.alloc(32, i + 1), 'compressed').toString('hex'),
    )
    await fails(store(keys), 'INVALID_INPUT', /too many/)
    const { item_hash } = await store([...keys.slice(0, 19), bob.publicKey])
    assert.equal((await client(bob).storage.get(item_hash, { decrypt: true })).content, 'for you')
  })
})

describe('encrypted entries of aggregates', () => {
  it('are {data, encryption} on the wire, and opened by get', async () => {
    const { aggregate } = client(alice)
    await aggregate.create('secrets', value, { key: 'one', encryptFor: bob.publicKey })
    const sealed = (await aggregate.get('secrets', 'one')) as Record<string, unknown>
    assert.deepEqual(Object.keys(sealed).sort(), ['data', 'encryption'])
    const owner = alice.address
    assert.deepEqual(await client(bob).aggregate.get('secrets', 'one', { owner, decrypt: true }), value)
    assert.deepEqual(await client(bob).aggregate.get('secrets', 'one', { owner, decrypt: true, verify: true }), value)
    await fails(aggregate.get('secrets', 'one', { decrypt: true }), 'DECRYPTION')
    await fails(aggregate.get('secrets', undefined, { decrypt: true }), 'INVALID_INPUT', /one entry/)
    await aggregate.create('secrets', { a: 1 }, { key: 'open' })
    assert.deepEqual(await aggregate.get('secrets', 'open', { decrypt: true }), { a: 1 })
  })

  it('are not replaced in clear unless that is said', async () => {
    const { aggregate } = client(alice)
    await aggregate.create('kept', 'secret', { key: 'k', encryptFor: 'self' })
    await fails(aggregate.update('kept', 'k', 'plain'), 'INVALID_INPUT', /is encrypted/)
    await fails(aggregate.create('kept', 'plain', { key: 'k' }), 'INVALID_INPUT', /is encrypted/)
    for (const bad of [undefined, null, [], ''])
      await fails(
        aggregate.update('kept', 'k', 'plain', { encryptFor: bad as EncryptFor }),
        'INVALID_INPUT',
        /encryptFor/,
      )
    assert.equal(await aggregate.get('kept', 'k', { decrypt: true }), 'secret')
    await aggregate.update('kept', 'k', 'new', { encryptFor: ['self', bob.publicKey] })
    assert.equal(await aggregate.get('kept', 'k', { decrypt: true }), 'new')
    await aggregate.update('kept', 'other', 'plain')
    await aggregate.update('kept', 'k', 'plain', { encryptFor: false })
    assert.equal(await aggregate.get('kept', 'k'), 'plain')
    await aggregate.update('kept', 'k', 'plainer')
  })
})

describe('assertStaysEncrypted', () => {
  const sealed = { data: 'x', encryption: { scheme: 'of later', version: 9 }, tags: [] }
  it('refuses to replace what is encrypted, of whatever scheme, without a word', () => {
    assert.throws(() => assertStaysEncrypted(sealed, {}), { code: 'INVALID_INPUT' })
    assert.throws(() => assertStaysEncrypted({ ...sealed, data: [1, 2] }, {}), { code: 'INVALID_INPUT' })
    for (const encryptFor of [false, 'self']) assertStaysEncrypted(sealed, { encryptFor })
    for (const open of [null, 1, [], { data: {} }, { data: 'x', encryption: true }]) assertStaysEncrypted(open, {})
  })
})
