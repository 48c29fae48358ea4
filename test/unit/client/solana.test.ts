import { strict as assert } from 'node:assert'
import { inspect } from 'node:util'
import { AddressAccount } from '../../../src/client/account.js'
import { AlephHttpClient } from '../../../src/client/client.js'
import { isAlephError } from '../../../src/client/errors.js'
import { verifyMessage, verifySignature } from '../../../src/client/message/verify.js'
import type { Envelope } from '../../../src/client/message/types.js'
import { isSolanaAddress, SOLAccount } from '../../../src/client/solana.js'
import { systemClock } from '../../../src/client/http/clock.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'
import { readRecordings } from '../../helpers/replay.js'

// The first test of RFC 8032, §7.1: its seed and its public key.
const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
const address = 'FVen3X669xLzsi6N2V91DoiyzHzg1uAgqiT8jZ9nS96Z'
const base58Both = '49W385L4rePHy6PAaQUovbD2aacgN4HsKXSMeUzRg4fmwXszN91JuMFrQRj3vMDpZuRF3ZknQBuRBoWQJEfXstMw'
const bytes = [...Buffer.from(seed + publicKey, 'hex')]

describe('SOLAccount', () => {
  it('takes what wallets, solana-keygen and libraries write, and blanks around it', async () => {
    for (const form of [
      base58Both,
      ` ${base58Both}\n`,
      JSON.stringify(bytes),
      JSON.stringify(bytes.slice(0, 32)),
      `[ ${bytes.join(' ,\n')} ]`,
      seed,
      `0x${seed.toUpperCase()}`,
      'BbMQkQYZspmkytduTWvXEtc4mMURjsekJDvty2WtKeSb',
    ])
      assert.equal((await SOLAccount.fromPrivateKey(form)).address, address, form)
  })

  const changed = [...bytes.slice(0, 63), (bytes[63] ?? 0) ^ 1]
  for (const [name, key] of [
    ['empty', ''],
    ['one number short', JSON.stringify(bytes.slice(1))],
    ['with a number above 255', JSON.stringify([256, ...bytes.slice(1)])],
    ['with a number below 0', JSON.stringify([-1, ...bytes.slice(1)])],
    ['with a fraction', JSON.stringify([0.5, ...bytes.slice(1)])],
    ['with texts for numbers', JSON.stringify(bytes.map(String))],
    ['of broken JSON', JSON.stringify(bytes).slice(0, -1)],
    ['an object', '{"0":1}'],
    ['one hexadecimal digit short', seed.slice(1)],
    ['a letter that base58 does not have', `0${base58Both.slice(1)}`],
    ['three letters short', base58Both.slice(3)],
    ['only an address', `${address.slice(0, 40)}`],
    ['very long', '2'.repeat(100_000)],
    ['whose public half is another’s', JSON.stringify(changed)],
    ['no text', bytes as never],
  ] as const)
    it(`refuses a key that is ${name}, without repeating it`, () =>
      assert.rejects(SOLAccount.fromPrivateKey(key), error => {
        assert.ok(isAlephError(error, 'INVALID_INPUT'))
        assert.equal(error.cause, undefined)
        const shown = inspect(error, { depth: 9 })
        assert.ok(!shown.includes(bytes.slice(1, 20).join(',')) && !shown.includes(seed.slice(1, 20)))
        assert.ok(!shown.includes(base58Both.slice(2, 20)))
        return true
      }))

  it('says that the halves of a key do not fit', () =>
    assert.rejects(SOLAccount.fromPrivateKey(JSON.stringify(changed)), { message: /two halves/ }))

  it('generates keys that differ, sign, and are taken again', async () => {
    const [one, two] = await Promise.all([SOLAccount.generate(), SOLAccount.generate()])
    assert.notEqual(one.account.address, two.account.address)
    assert.equal((await SOLAccount.fromPrivateKey(one.privateKey)).address, one.account.address)
    const message = { chain: 'SOL', sender: one.account.address, type: 'POST', item_hash: 'x' }
    const signature = await one.account.sign(Object.values(message).join('\n'))
    assert.equal(await verifySignature({ ...message, signature }), true)
    assert.equal(await verifySignature({ ...message, item_hash: 'y', signature }), false)
    assert.deepEqual(Object.keys(JSON.parse(signature) as object), ['signature', 'publicKey'])
  })

  it('signs the same text the same way, as RFC 8032 has it', async () => {
    const account = await SOLAccount.fromPrivateKey(seed)
    const { signature } = JSON.parse(await account.sign('')) as { signature: string }
    const expected =
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'
    const { base58btc } = await import('multiformats/bases/base58')
    assert.equal(Buffer.from(base58btc.baseDecode(signature)).toString('hex'), expected)
  })

  it('shows its key to no printer, serialiser or enumeration, and opens nothing', async () => {
    const account = await SOLAccount.fromPrivateKey(seed)
    const shown = [inspect(account, { depth: 9, showHidden: true }), JSON.stringify(account), String(account)].join()
    assert.ok(!shown.includes(seed) && !shown.includes(bytes.slice(0, 8).join(', ')))
    assert.ok(!('decrypt' in account) && !('sharedPoint' in account))
  })
})

describe('addresses of Solana', () => {
  it('are known by their 32 bytes', async () => {
    assert.ok(isSolanaAddress(address))
    for (const other of ['', address.slice(3), `${address}11`, `0${address.slice(1)}`, `l${address.slice(1)}`])
      assert.equal(isSolanaAddress(other), false, other)
    assert.equal(isSolanaAddress('0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3'), false)
    const watched = await AddressAccount.fromAddress(` ${address} `)
    assert.deepEqual([watched.address, watched.chain, watched.isReadOnly], [address, 'SOL', true])
    await assert.rejects(watched.sign(), { code: 'READ_ONLY' })
  })
})

describe('messages of other chains', () => {
  it('recorded ones of BASE and SOL are verified, and refused under another chain', async () => {
    const { cases } = readRecordings('test/fixtures/recordings/node.jsonl')
    const sent = cases
      .filter(each => ['chain-base', 'vector-v8-solana-post'].includes(each.case))
      .map(each => (JSON.parse(String(each.steps[0]?.request.body)) as { message: Envelope }).message)
    assert.deepEqual(sent.map(({ chain }) => chain).sort(), ['BASE', 'SOL'])
    for (const message of sent) {
      await verifyMessage(message, message.item_content ?? '')
      for (const chain of ['ETH', 'ES'])
        await assert.rejects(verifyMessage({ ...message, chain }, message.item_content ?? ''), { code: 'INTEGRITY' })
    }
  })

  const node = useLocalNode({ balances: { [address]: 100 } })

  it('a Solana account publishes a value, a file and an aggregate, and all are read back verified', async () => {
    const account = await SOLAccount.fromPrivateKey(seed)
    const aleph = new AlephHttpClient({
      endpoints: node().url,
      account,
      clock: { ...systemClock, now: () => testDate },
    })
    const value = await aleph.storage.store({ from: 'SOL' }, { tags: ['sol'] })
    assert.equal(value.status, 'processed')
    const read = await aleph.storage.get(value.item_hash)
    assert.deepEqual(
      [read.content, read.sender, read.owner, read.authority],
      [{ from: 'SOL' }, address, address, 'owner'],
    )

    for (const engine of ['ipfs', 'storage'] as const) {
      const file = await aleph.storage.storeFile(new TextEncoder().encode(engine), { engine, filename: 'a.txt' })
      const { chain, content } = await aleph.messages.get(file.item_hash)
      assert.equal(chain, 'SOL')
      // Official clients write ETH here for accounts of every chain: it is where tokens are held.
      assert.deepEqual((content as { payment?: unknown }).payment, { chain: 'ETH', type: 'hold' })
      assert.equal(await (await aleph.storage.getFile(file.item_hash)).text(), engine)
    }

    await aleph.aggregate.create('settings', { theme: 'dark' }, { key: 'ui' })
    await aleph.aggregate.update('settings', 'ui', { size: 2 })
    assert.deepEqual(await aleph.aggregate.get('settings', 'ui', { verify: true }), { size: 2 })
    await aleph.messages.forget(value.item_hash)
    await assert.rejects(aleph.storage.get(value.item_hash), { code: 'FORGOTTEN' })
  })
})
