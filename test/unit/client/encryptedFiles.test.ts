import { strict as assert } from 'node:assert'
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Decrypter, Encrypter, Stanza } from 'age-encryption'
import fc from 'fast-check'
import type { Account, ETHAccount } from '../../../src/client/account.js'
import type { Context } from '../../../src/client/context.js'
import {
  openSealed,
  openSealedInfo,
  reopenSealed,
  sealFile,
  type SealOptions,
} from '../../../src/client/encryption/file.js'
import type { DecryptWith, EncryptFor } from '../../../src/client/encryption/types.js'
import { AlephError } from '../../../src/client/errors.js'
import { openSource, type FileSource } from '../../../src/client/node/source.js'
import fixture from '../../fixtures/age.json' with { type: 'json' }
import { developmentAccount, developmentKey } from '../../helpers/accounts.js'
import { publicKeyOf } from '../../helpers/ecies.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

const block = 64 * 1024
// Around all of them, so that the other files of tests keep their folder for temporary files.
describe('encryption of files', () => {
  const temporary = useTemporaryFolder()
  const { TMPDIR } = process.env
  beforeEach(() => (process.env.TMPDIR = temporary()))
  afterEach(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  })

  let alice: ETHAccount
  let bob: ETHAccount
  let context: Context
  before(async () => {
    ;[alice, bob] = (await Promise.all([0, 1].map(developmentAccount))) as [ETHAccount, ETHAccount]
    // Nothing else of a client takes part.
    context = { account: alice, contacts: {} } as unknown as Context
  })

  const seal = async (source: FileSource, encryptFor: EncryptFor = 'self', options: Partial<SealOptions> = {}) =>
    sealFile(context, await openSource(source), encryptFor, {
      ...{ account: alice, filename: 'Zoë.pdf', mimetype: 'application/pdf' },
      ...options,
    })

  /** The ciphertext in memory; the spool is gone. */
  async function sealed(bytes: Uint8Array, encryptFor: EncryptFor = 'self'): Promise<Buffer> {
    const file = await seal(bytes, encryptFor)
    const ciphertext = readFileSync(file.path)
    await file.dispose()
    return ciphertext
  }

  async function* chunksOf(bytes: Uint8Array, sizes: readonly number[] = [bytes.length]): AsyncGenerator<Uint8Array> {
    let offset = 0
    for (let i = 0; offset < bytes.length; i++) {
      const size = sizes[i] ?? bytes.length
      yield bytes.subarray(offset, offset + size)
      offset += size
    }
  }

  async function opened(chunks: AsyncIterable<Uint8Array>, decrypt: DecryptWith = true): Promise<Buffer> {
    const all: Uint8Array[] = []
    for await (const chunk of openSealed(context, chunks, decrypt)) all.push(chunk)
    return Buffer.concat(all)
  }

  const refused = (bytes: Uint8Array, decrypt: DecryptWith = true) =>
    assert.rejects(opened(chunksOf(bytes), decrypt), (error: AlephError) => {
      assert.equal(error.code, 'DECRYPTION', error.message)
      assert.equal(error.cause, undefined)
      return true
    })

  const isEmpty = () => assert.deepEqual(readdirSync(temporary()), [])
  const headerLength = (file: Buffer) => file.indexOf('\n', file.indexOf('\n---') + 1) + 1

  describe('sealed files', () => {
    it('come back, whatever their length and however the ciphertext is cut', async () => {
      const around = fc
        .integer({ min: 0, max: 3 })
        .chain(blocks => fc.integer({ min: -2, max: 2 }).map(more => Math.max(0, blocks * block + more)))
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(around, fc.integer({ min: 0, max: 200_000 })),
          fc.array(fc.integer({ min: 0, max: 70_000 }), { maxLength: 400 }),
          async (length, sizes) => {
            const bytes = randomBytes(length)
            const ciphertext = await sealed(bytes)
            assert.ok((await opened(chunksOf(ciphertext, sizes))).equals(bytes))
          },
        ),
        { numRuns: 40 },
      )
    })

    it('come back when they arrive byte by byte, header and all', async () => {
      const bytes = randomBytes(500)
      const ciphertext = await sealed(bytes, ['self', bob.publicKey, fixture.recipient])
      assert.ok((await opened(chunksOf(ciphertext, Array<number>(ciphertext.length).fill(1)))).equals(bytes))
    })

    it('are opened by each recipient, and by nobody else', async () => {
      const ciphertext = await sealed(randomBytes(10), [bob.publicKey, fixture.recipient])
      assert.equal((await opened(chunksOf(ciphertext), { account: bob })).length, 10)
      assert.equal((await opened(chunksOf(ciphertext), { identities: [fixture.identity] })).length, 10)
      await refused(ciphertext)
      await refused(ciphertext, { passphrase: 'x' })
    })

    it('have a stanza as the documentation says: another implementation unwraps it', async () => {
      const bytes = randomBytes(100)
      const recipient = Buffer.from(developmentKey(0).slice(2), 'hex')
      const ciphertext = await sealed(bytes)
      const decrypter = new Decrypter()
      decrypter.addIdentity({
        unwrapFileKey([stanza]: Stanza[]) {
          assert.equal(stanza?.args.length, 2)
          assert.equal(stanza.args[0], 'aleph.cloud/secp256k1')
          const ephemeral = Buffer.from(stanza.args[1] as string, 'base64')
          assert.equal(ephemeral.length, 33)
          assert.equal(stanza.body.length, 32)
          const pair = createECDH('secp256k1')
          pair.setPrivateKey(recipient)
          const shared = pair.computeSecret(ephemeral)
          const salt = Buffer.concat([ephemeral, publicKeyOf(recipient, 'compressed')])
          const key = Buffer.from(hkdfSync('sha256', shared, salt, 'aleph.cloud/age-secp256k1/v1', 32))
          const cipher = createDecipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: 16 })
          cipher.setAuthTag(stanza.body.subarray(16))
          return new Uint8Array(Buffer.concat([cipher.update(stanza.body.subarray(0, 16)), cipher.final()]))
        },
      })
      assert.deepEqual(Buffer.from(await decrypter.decrypt(new Uint8Array(ciphertext))), bytes)
    })

    it('never use an ephemeral key, nonce or file key twice', async () => {
      const [one, two] = [await sealed(Buffer.alloc(100)), await sealed(Buffer.alloc(100))]
      assert.notEqual(one.toString('latin1').split('\n')[1], two.toString('latin1').split('\n')[1])
      assert.ok(!one.subarray(headerLength(one) + 16).equals(two.subarray(headerLength(two) + 16)))
      const file = await seal(Buffer.alloc(100))
      const info = Buffer.from(file.encryption.info as string, 'base64')
      assert.notEqual(info.toString('latin1').split('\n')[1], readFileSync(file.path, 'latin1').split('\n')[1])
      await file.dispose()
    })

    it('made by the age tool are opened', async () => {
      const file = Buffer.from(fixture.forIdentity, 'base64')
      assert.equal((await opened(chunksOf(file), { identities: [fixture.identity] })).toString(), fixture.plaintext)
      const secret = Buffer.from(fixture.forPassphrase, 'base64')
      assert.equal((await opened(chunksOf(secret), { passphrase: fixture.passphrase })).toString(), fixture.plaintext)
      await refused(secret, { passphrase: `${fixture.passphrase} ` })
    }).timeout(30_000)

    it('under a passphrase ask for as much work as age does', async () => {
      const file = await seal(Buffer.from('x'), { passphrase: 'pass' })
      assert.match(readFileSync(file.path, 'latin1'), /^age-encryption\.org\/v1\n-> scrypt \S{22} 18\n/)
      assert.equal((await opened(file.source.read(), { passphrase: 'pass' })).toString(), 'x')
      assert.equal((await openSealedInfo(context, file.encryption, { passphrase: 'pass' })).name, 'Zoë.pdf')
      await file.dispose()
    }).timeout(30_000)
  })

  describe('changed sealed files', () => {
    it('are refused for every changed bit of the header and of the payload', async () => {
      const file = await sealed(randomBytes(40), ['self', fixture.recipient])
      for (let at = 0; at < file.length; at++) {
        const changed = Buffer.from(file)
        changed[at] = (changed[at] as number) ^ (1 << (at % 8))
        await refused(changed)
      }
    }).timeout(20_000)

    it('are refused when cut anywhere, and when something follows', async () => {
      for (const length of [0, 10, block, 2 * block]) {
        const file = await sealed(randomBytes(length))
        const payload = headerLength(file) + 16
        const ends = [
          0,
          1,
          21,
          22,
          payload - 17,
          payload - 1,
          payload,
          payload + 1,
          payload + 15,
          file.length - 17,
          file.length - 16,
          file.length - 1,
        ]
        if (length > 10) ends.push(payload + block + 16, payload + block, payload + block + 32)
        for (const end of ends) if (end < file.length) await refused(file.subarray(0, end))
        for (const more of [1, 15, 16, 17, block + 16]) await refused(Buffer.concat([file, Buffer.alloc(more)]))
        await refused(Buffer.concat([file, file]))
        await refused(Buffer.concat([file, file.subarray(payload)]))
      }
    })

    it('are refused when blocks change places, are repeated or come from another file', async () => {
      const bytes = randomBytes(3 * block)
      const file = await sealed(bytes)
      const other = await sealed(bytes)
      const payload = headerLength(file) + 16
      const blocks = (of: Buffer) =>
        [0, 1, 2].map(i => of.subarray(payload + i * (block + 16), payload + (i + 1) * (block + 16)))
      const [one, two, three] = blocks(file) as [Buffer, Buffer, Buffer]
      const head = file.subarray(0, payload)
      await refused(Buffer.concat([head, two, one, three]))
      await refused(Buffer.concat([head, one, one, two, three]))
      await refused(Buffer.concat([head, one, three]))
      await refused(Buffer.concat([head, one, blocks(other)[1] as Buffer, three]))
      await refused(Buffer.concat([other.subarray(0, headerLength(other)), file.subarray(headerLength(file))]))
    })

    it('give out no byte of a block that is not authentic', async () => {
      const file = await sealed(randomBytes(2 * block))
      file[file.length - 20] = (file[file.length - 20] as number) ^ 1
      let length = 0
      await assert.rejects(
        async () => {
          for await (const chunk of openSealed(context, chunksOf(file), true)) length += chunk.length
        },
        { code: 'DECRYPTION' },
      )
      assert.equal(length, block)
    })
  })

  describe('hostile age headers', () => {
    const point = publicKeyOf(Buffer.alloc(32, 3), 'compressed')
    const own = (key: Uint8Array = point, body = Buffer.alloc(32), ...more: string[]) =>
      new Stanza(['aleph.cloud/secp256k1', Buffer.from(key).toString('base64').replace(/=/g, ''), ...more], body)
    const other = (...args: string[]) => new Stanza(args, new Uint8Array(32))
    const salt = 'A'.repeat(22)

    /** A file that is whole but for these stanzas. */
    async function withStanzas(...stanzas: Stanza[]): Promise<Uint8Array> {
      const encrypter = new Encrypter()
      encrypter.addRecipient({ wrapFileKey: () => stanzas })
      return encrypter.encrypt(new Uint8Array(10))
    }

    const counting = (): { account: Account; asked: () => number } => {
      let asked = 0
      const { address, chain, publicKey } = alice
      return {
        asked: () => asked,
        account: {
          ...{ address, chain, publicKey, sign: text => alice.sign(text) },
          sharedPoint: async key => {
            asked++
            return alice.sharedPoint(key)
          },
        },
      }
    }

    for (const [name, stanzas] of [
      ['21 stanzas of ours', () => Array.from({ length: 21 }, () => own())],
      ['65 stanzas', () => [own(), ...Array.from({ length: 64 }, () => other('grease', 'x'))]],
      ['a header of more than 64 KiB', () => [own(), new Stanza(['grease'], new Uint8Array(50_000))]],
      ['an uncompressed point', () => [own(), own(publicKeyOf(Buffer.alloc(32, 3)))]],
      ['a hybrid point', () => [own(), own(Buffer.concat([Buffer.from([6]), point.subarray(1)]))]],
      ['a point of 32 bytes', () => [own(), own(point.subarray(1))]],
      ['no point', () => [own(), new Stanza(['aleph.cloud/secp256k1'], new Uint8Array(32))]],
      ['an argument too much', () => [own(), own(point, Buffer.alloc(32), 'more')]],
      ['a body of 31 bytes', () => [own(), own(point, Buffer.alloc(31))]],
      ['a body of 48 bytes', () => [own(), own(point, Buffer.alloc(48))]],
      ['a key of X25519 of 33 bytes', () => [own(), other('X25519', 'A'.repeat(44))]],
      ['scrypt beside another stanza', () => [own(), other('scrypt', salt, '10')]],
    ] as const)
      it(`with ${name} are refused before a key is asked`, async () => {
        const { account, asked } = counting()
        await refused(await withStanzas(...stanzas()), { account })
        assert.equal(asked(), 0)
      })

    it('with 20 stanzas of ours among 64 are tried, and opened by the last', async () => {
      const { account, asked } = counting()
      const wrapped = await sealed(Buffer.from('x'))
      const real = /-> aleph\.cloud\/secp256k1 (\S+)\n(\S+)\n/.exec(wrapped.toString('latin1'))
      assert.ok(real)
      await refused(
        await withStanzas(
          ...Array.from({ length: 44 }, () => other('grease', 'x')),
          ...Array.from({ length: 20 }, () => own()),
        ),
        { account },
      )
      assert.equal(asked(), 20)
      const encryptFor = Array.from({ length: 19 }, (_, i) => publicKeyOf(Buffer.alloc(32, i + 1)).toString('hex'))
      assert.equal((await opened(chunksOf(await sealed(Buffer.from('x'), [...encryptFor, 'self'])))).toString(), 'x')
    })

    it('with a point that is not on the curve are refused', async () => {
      await refused(await withStanzas(own(Buffer.concat([Buffer.from([2]), Buffer.alloc(31), Buffer.from([5])]))))
    })

    for (const workFactor of ['21', '22', '30', '64', '99', '100', '1000', '018', '0', '-1', '1e1', ''])
      it(`with a work factor of ${workFactor || 'nothing'} are refused at once`, async () => {
        const header = `age-encryption.org/v1\n-> scrypt ${salt} ${workFactor}\n${'A'.repeat(43)}\n--- ${'A'.repeat(43)}\n`
        const started = performance.now()
        await refused(Buffer.from(header + 'x'.repeat(100)), { passphrase: 'x' })
        assert.ok(performance.now() - started < 200)
      })

    const line = 'A'.repeat(43)
    const good = `-> X25519 ${line}\n${line}\n--- ${line}\n`
    for (const [name, text] of [
      ['of another version', `age-encryption.org/v2\n${good}`],
      ['of no version', good],
      ['of nothing', ''],
      ['without an end', `age-encryption.org/v1\n-> X25519 ${line}\n${line}\n`],
      ['that never end', `age-encryption.org/v1\n${`-> x y\n\n`.repeat(20_000)}`],
      ['of one endless line', `age-encryption.org/v1 ${'x'.repeat(1_000_000)}`],
      ['with Windows line ends', `age-encryption.org/v1\n${good}`.replaceAll('\n', '\r\n')],
      ['with a byte above ASCII', `age-encryption.org/v1\n-> é x\n\n${good}`],
      ['with two blanks', `age-encryption.org/v1\n->  X25519 ${line}\n${line}\n--- ${line}\n`],
      ['with padded base64', `age-encryption.org/v1\n-> X25519 ${line}=\n${line}\n--- ${line}\n`],
      [
        'with another spelling of base64',
        `age-encryption.org/v1\n-> X25519 ${line.slice(0, -1)}B\n${line}\n--- ${line}\n`,
      ],
      ['with a short MAC', `age-encryption.org/v1\n-> X25519 ${line}\n${line}\n--- ${line.slice(4)}\n`],
      ['without a recipient', `age-encryption.org/v1\n--- ${line}\n`],
      ['that are armored', '-----BEGIN AGE ENCRYPTED FILE-----\n'],
    ] as const)
      it(`${name} are refused`, () => refused(Buffer.concat([Buffer.from(text), Buffer.alloc(100)])))

    it('are read no further than 64 KiB', async () => {
      let read = 0
      async function* endless() {
        for (;;) {
          read += 1024
          yield Buffer.alloc(1024, 'x')
        }
      }
      await assert.rejects(opened(endless()), { code: 'DECRYPTION' })
      assert.ok(read <= 65 * 1024, `${read}`)
    })
  })

  describe('the stream of a sealed file', () => {
    it('passes on the error of its source as it is', async () => {
      const file = await sealed(randomBytes(3 * block))
      const broken = new AlephError('NETWORK', 'gone', { retryable: true })
      for (const after of [0, 10, block, 2 * block]) {
        async function* source() {
          yield file.subarray(0, after)
          throw broken
        }
        await assert.rejects(opened(source()), error => error === broken)
      }
    })

    it('closes its source when nobody reads on', async () => {
      const file = await sealed(randomBytes(3 * block))
      let isClosed = false
      async function* source() {
        try {
          yield* chunksOf(file, Array<number>(100).fill(4096))
        } finally {
          isClosed = true
        }
      }
      for await (const chunk of openSealed(context, source(), true)) {
        assert.equal(chunk.length, block)
        break
      }
      assert.ok(isClosed)
    })

    it('closes its source when the file is refused', async () => {
      let isClosed = false
      async function* source() {
        try {
          yield Buffer.alloc(100_000)
        } finally {
          isClosed = true
        }
      }
      await assert.rejects(opened(source()), { code: 'DECRYPTION' })
      assert.ok(isClosed)
    })

    it('reads a few blocks ahead at most, in either direction', async () => {
      const count = 200
      let read = 0
      async function* source(bytes: Buffer) {
        for (let i = 0; i * block < bytes.length; i++) {
          read++
          yield bytes.subarray(i * block, (i + 1) * block)
        }
      }
      const bytes = randomBytes(count * block)
      const { sealAge } = await import('../../../src/client/encryption/age.js')
      const readers = { keys: [new Uint8Array(Buffer.from(alice.publicKey.slice(2), 'hex'))], ageRecipients: [] }
      let seen = 0
      const ciphertext: Uint8Array[] = []
      for await (const chunk of sealAge(source(bytes), readers, undefined)) {
        ciphertext.push(chunk)
        seen += chunk.length
        assert.ok(read * block - seen < 6 * block, `${read} blocks read for ${seen} bytes`)
      }
      read = seen = 0
      for await (const chunk of openSealed(context, source(Buffer.concat(ciphertext)), true)) {
        seen += chunk.length
        assert.ok(read * block - seen < 6 * block, `${read} blocks read for ${seen} bytes`)
      }
      assert.equal(seen, bytes.length)
    })

    it('ends for the reason that the caller gives, wherever it is', async () => {
      const late = new AlephError('TIMEOUT', 'late')
      const file = Buffer.from(fixture.forPassphrase, 'base64')
      const controller = new AbortController()
      const decrypt = { passphrase: fixture.passphrase }
      const next = openSealed(context, chunksOf(file), decrypt, { signal: controller.signal }).next()
      setTimeout(() => controller.abort(late), 50)
      await assert.rejects(next, error => error === late)
    })

    it('ends within a tick when the caller gives up, even if its source hangs', async () => {
      const controller = new AbortController()
      async function* hanging(): AsyncGenerator<Uint8Array> {
        await new Promise(() => undefined)
      }
      const next = openSealed(context, hanging(), true, { signal: controller.signal }).next()
      setImmediate(() => controller.abort())
      await assert.rejects(next, { code: 'ABORTED' })
    })
  })

  describe('the temporary file', () => {
    it('is private, holds ciphertext under a neutral name, and is gone after dispose', async () => {
      const bytes = Buffer.from('only for alice '.repeat(1000))
      const file = await seal(bytes)
      assert.equal(statSync(file.path).mode & 0o777, 0o600)
      assert.equal(statSync(dirname(file.path)).mode & 0o777, 0o700)
      assert.equal(dirname(dirname(file.path)), temporary())
      assert.ok(!readFileSync(file.path).includes('alice'))
      const { name, type, sizeBytes } = file.source
      assert.deepEqual(
        { name, type, sizeBytes },
        { name: undefined, type: 'application/octet-stream', sizeBytes: statSync(file.path).size },
      )
      for (let i = 0; i < 2; i++) assert.ok((await opened(file.source.read())).equals(bytes))
      await file.dispose()
      await file.dispose()
      isEmpty()
    })

    it('can be read by a later process, as long as it is what it was', async () => {
      const file = await seal(Buffer.from('again'))
      const { sizeBytes } = file.source
      const again = await reopenSealed(file.path, sizeBytes)
      assert.equal((await opened(again.source.read())).toString(), 'again')
      await assert.rejects(reopenSealed(file.path, sizeBytes + 1), { code: 'INVALID_INPUT' })
      truncateSync(file.path, sizeBytes - 1)
      await assert.rejects(reopenSealed(file.path, sizeBytes), { code: 'INVALID_INPUT' })
      await again.dispose()
      isEmpty()
      await assert.rejects(reopenSealed(file.path, sizeBytes), {
        code: 'INVALID_INPUT',
        message: /begin the upload again/,
      })
    })

    it('is nothing else than what was sealed: no other file, no link', async () => {
      writeFileSync(temporary('secret'), 'x')
      const file = await seal(Buffer.from('x'))
      await file.dispose()
      for (const path of [temporary('secret'), temporary(), '', undefined as never])
        await assert.rejects(reopenSealed(path, 1), { code: 'INVALID_INPUT' })
      const link = await seal(Buffer.from('x'))
      const { sizeBytes } = link.source
      await link.dispose()
      mkdirSync(dirname(link.path))
      symlinkSync(temporary('secret'), link.path)
      await assert.rejects(reopenSealed(link.path, sizeBytes), { code: 'INVALID_INPUT' })
      assert.ok(existsSync(temporary('secret')))
    })

    it('is gone when the file changes, can not be read, or the caller gives up', async () => {
      const broken = new Error('broken')
      const source = (chunks: () => AsyncGenerator<Uint8Array>) => ({ stream: chunks, sizeBytes: 2 * block, name: 'x' })
      async function* short() {
        yield Buffer.alloc(block)
      }
      async function* failing() {
        yield Buffer.alloc(block)
        throw broken
      }
      await assert.rejects(seal(source(short)), { code: 'INVALID_INPUT', message: /changed while it was read/ })
      await assert.rejects(seal(source(failing)), error => error === broken)
      const controller = new AbortController()
      async function* hanging() {
        yield Buffer.alloc(block)
        setImmediate(() => controller.abort())
        await new Promise(() => undefined)
      }
      await assert.rejects(seal(source(hanging), 'self', { signal: controller.signal }), { code: 'ABORTED' })
      await assert.rejects(seal(Buffer.alloc(1), 'self', { signal: AbortSignal.abort() }), { code: 'ABORTED' })
      await assert.rejects(seal(Buffer.alloc(1), 'nobody'), { code: 'INVALID_INPUT' })
      isEmpty()
    })

    it('is gone when the disk is full, which is said with a way on', async () => {
      const handle = await open(temporary('any'), 'w')
      const prototype = Object.getPrototypeOf(handle) as { writev: unknown }
      const { writev } = prototype
      await handle.close()
      prototype.writev = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
      try {
        await assert.rejects(seal(randomBytes(block)), {
          code: 'IO',
          message: /^The encrypted copy.*can not be written: the disk is full\. Make room there/,
        })
      } finally {
        prototype.writev = writev
      }
      assert.deepEqual(readdirSync(temporary()), ['any'])
    })

    it('needs a folder for temporary files, and says which', async () => {
      process.env.TMPDIR = temporary('missing')
      await assert.rejects(seal(Buffer.alloc(1)), {
        code: 'IO',
        message: new RegExp(`${temporary('missing')}.*ENOENT`),
      })
    })
  })

  describe('the description of a sealed file', () => {
    it('tells name, type and size to the same recipients only', async () => {
      const file = await seal(randomBytes(1234), [bob.publicKey, fixture.recipient])
      assert.deepEqual(Object.keys(file.encryption), ['scheme', 'version', 'info'])
      const told = { name: 'Zoë.pdf', type: 'application/pdf', sizeBytes: 1234 }
      assert.deepEqual(await openSealedInfo(context, file.encryption, { account: bob }), told)
      assert.deepEqual(await openSealedInfo(context, file.encryption, { identities: [fixture.identity] }), told)
      await assert.rejects(openSealedInfo(context, file.encryption, true), { code: 'DECRYPTION' })
      assert.ok(!JSON.stringify(file.encryption).includes(Buffer.from('Zoë').toString('base64').slice(0, 4)))
      await file.dispose()
      const unnamed = await seal(randomBytes(1), 'self', { filename: undefined })
      assert.equal((await openSealedInfo(context, unnamed.encryption, true)).name, undefined)
      await unnamed.dispose()
    })

    it('is refused when it is of another form, and its fields are taken only as what they should be', async () => {
      const describe = async (text: string) => ({
        ...{ scheme: 'age', version: 1 },
        info: (await sealed(Buffer.from(text))).toString('base64'),
      })
      const good = await describe('{}')
      assert.deepEqual(await openSealedInfo(context, good, true), {
        name: undefined,
        type: undefined,
        sizeBytes: undefined,
      })
      for (const bad of [
        undefined,
        null,
        'x',
        [],
        { ...good, version: 2 },
        { ...good, scheme: 'x' },
        { ...good, info: 1 },
        { ...good, info: '' },
        { ...good, info: `${good.info}x` },
        { ...good, info: 'A'.repeat(300_000) },
      ])
        await assert.rejects(openSealedInfo(context, bad, true), { code: 'DECRYPTION' })
      for (const text of ['', '[]', 'null', '"x"', '{'])
        await assert.rejects(openSealedInfo(context, await describe(text), true), { code: 'DECRYPTION' })
      const odd = { name: 'x'.repeat(2000), type: 5, size: -1 }
      assert.deepEqual(await openSealedInfo(context, await describe(JSON.stringify(odd)), true), {
        name: undefined,
        type: undefined,
        sizeBytes: undefined,
      })
    })
  })
})
