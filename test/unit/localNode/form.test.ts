import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { connect } from 'node:net'
import { boundaryOf, FormTooLarge, InvalidForm, readForm } from '../../../src/localNode/form.js'
import { useLocalNode } from '../../helpers/localNode.js'
import { get } from '../../helpers/signed.js'

const head = (disposition: string) => `--B\r\nContent-Disposition: ${disposition}\r\n\r\n`

async function parse(chunks: readonly (string | Buffer)[], boundary = 'B') {
  async function* source() {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk))
  }
  const parts: { name: string | undefined; fileName: string | undefined; body: string }[] = []
  for await (const { name, fileName, body } of readForm(source(), boundary)) {
    const pieces: Buffer[] = []
    for await (const piece of body) pieces.push(piece)
    parts.push({ name, fileName, body: Buffer.concat(pieces).toString('latin1') })
  }
  return parts
}

/** Cuts at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map(place => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...ends, bytes.length].map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end))
}

describe('multipart forms', () => {
  it('parts, whatever the type of their disposition is', async () => {
    const form = `preamble\r\n${head('attachment; name="file"; filename="a \\"b\\";c.txt"')}x\r\n${head("form-data; name=file; filename=b; filename*=UTF-8''%C3%A9.txt")}\r\n${head('form-data; name="metadata"')}{}\r\n--B--\r\nepilogue`
    assert.deepEqual(await parse([form]), [
      { name: 'file', fileName: 'a "b";c.txt', body: 'x' },
      { name: 'file', fileName: 'é.txt', body: '' },
      { name: 'metadata', fileName: undefined, body: '{}' },
    ])
  })

  it('the boundary of a content type', () => {
    assert.equal(boundaryOf('multipart/form-data; boundary=abc'), 'abc')
    assert.equal(boundaryOf('multipart/form-data; charset=utf-8; Boundary="a b;c"'), 'a b;c')
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=', `a/b; boundary=${'x'.repeat(71)}`])
      assert.throws(() => boundaryOf(type), InvalidForm)
  })

  it('gives the same parts however the bytes arrive', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (bodies, places) => {
          const clean = bodies.map(body => Buffer.from(body)).filter(body => !body.includes('--B'))
          const pieces = clean.flatMap((body, i) => [
            Buffer.from(head(`form-data; name="${i}"`)),
            body,
            Buffer.from('\r\n'),
          ])
          const bytes = Buffer.concat([...pieces, Buffer.from('--B--\r\n')])
          assert.deepEqual(
            (await parse(cut(bytes, places))).map(({ body }) => body),
            clean.map(body => body.toString('latin1')),
          )
        },
      ),
      { numRuns: 200 },
    ))

  it('skips a part that nobody reads', async () => {
    async function* source() {
      yield await Promise.resolve(
        Buffer.from(`${head('form-data; name=a')}long\r\n${head('form-data; name=b')}x\r\n--B--`),
      )
    }
    const names: (string | undefined)[] = []
    for await (const { name } of readForm(source(), 'B')) names.push(name)
    assert.deepEqual(names, ['a', 'b'])
  })

  it('ends with one of two errors for whatever is no form', () => {
    const valid = Buffer.from(
      `${head('form-data; name="file"; filename="a"')}bytes\r\n${head('form-data; name="metadata"')}{}\r\n--B--\r\n`,
    )
    return fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(valid.length),
        fc.array(fc.nat(), { maxLength: 5 }),
        async (changes, length, places) => {
          const bytes = Buffer.from(valid)
          for (const [at, byte] of changes) bytes[at] = byte
          try {
            await parse(cut(bytes.subarray(0, length), places))
          } catch (error) {
            assert.ok(error instanceof InvalidForm || error instanceof FormTooLarge, String(error))
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('bounds parts, headers and lines', async () => {
    const part = `${head('form-data; name=x')}\r\n`
    await assert.rejects(parse([part.repeat(1_001), '--B--']), /up to 1000 parts/)
    await assert.rejects(parse([`--B\r\n${'a: b\r\n'.repeat(129)}\r\n`]), /up to 128 headers/)
    await assert.rejects(parse([`--B\r\na: ${'b'.repeat(9_000)}`]), /up to 8190 bytes/)
    await assert.rejects(parse(['x'.repeat(9_000)]), /up to 8190 bytes/)
  })

  describe('sent to a local node', () => {
    const node = useLocalNode()
    const paths = ['/api/v0/storage/add_file', '/api/v0/ipfs/add_file', '/api/v0/ipfs/add_car']
    const send = async (path: string, body: string | Buffer, type = 'multipart/form-data; boundary=B') =>
      fetch(node().url + path, { method: 'POST', headers: { 'Content-Type': type }, body: Buffer.from(body) })

    it('malformed ones are answered, and the node lives', async () => {
      const bad = [
        '--B\r\nContent-Disposition:\r\n',
        '--B\r\nContent-Type: a\r\n\r\n',
        `${head('form-data; name="x"; filename="y"')}`,
        `${head('form-data; name="file"')}no end`,
        `${head('form-data; name="file"')}x\r\n--Bother\r\n`,
        '--B\r\n\r\n',
        '--B',
        '',
        '\0'.repeat(24),
      ]
      for (const path of paths)
        for (const body of bad) assert.equal((await send(path, body)).status, 500, JSON.stringify([path, body]))
      assert.equal((await send(paths[0] ?? '', 'x', 'multipart/form-data')).status, 500)
      const nested = await send(
        paths[0] ?? '',
        '--B\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n--C--\r\n--B--',
      )
      assert.equal(nested.status, 400)
      const many = await send(
        paths[0] ?? '',
        `${`${head('form-data; name="file"; filename="x"')}\r\n`.repeat(20_000)}--B--`,
      )
      assert.equal(many.status, 400)
      assert.equal(await many.text(), '400: A form can have up to 1000 parts.')
      assert.equal((await get(node().url, '/version')).status, 200)
    })

    it('an upload that breaks off leaves a node that goes on', async () => {
      for (const path of paths)
        await new Promise<void>(resolve => {
          const socket = connect(node().port, '127.0.0.1', () => {
            const start = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 9000\r\n\r\n`
            socket.write(`${start}${head('form-data; name="file"; filename="a"')}some bytes`, () =>
              socket.resetAndDestroy(),
            )
          })
          socket.on('close', () => resolve())
          socket.on('error', () => undefined)
        })
      assert.equal((await get(node().url, '/version')).status, 200)
    })

    it('a file as an attachment is taken', async () => {
      const answer = await send(paths[0] ?? '', `${head('attachment; name="file"; filename="a.txt"')}hi\r\n--B--\r\n`)
      assert.equal(answer.status, 200)
    })
  })
})
