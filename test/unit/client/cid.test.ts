import { strict as assert } from 'node:assert'
import { AlephHttpClient } from '../../../src/client/client.js'
import { createCidHasher } from '../../../src/client/lazy/cid.js'

const cidOf = async (...chunks: Uint8Array[]) => {
  const hasher = createCidHasher()
  for (const chunk of chunks) await hasher.update(chunk)
  return hasher.digest()
}
const text = (value: string) => new TextEncoder().encode(value)
const filled = (byte: number, count: number) => new Uint8Array(count).fill(byte)

describe('CIDv0 of a file (protocol §6.3)', () => {
  const vectors: [string, string, () => Uint8Array[]][] = [
    ['empty', 'QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH', () => []],
    ['hello', 'QmWfVY9y3xjsixTgbd9AorQxH7VtMpzfx2HaWtsoUYecaX', () => [text('hello')]],
    ['Hello Aleph.im', 'QmQTJBodaBGHMPUctFmmAXsrEM6qrX9hWMhoKCfRCaTEmE', () => [text('Hello Aleph.im\n')]],
    ['one full chunk', 'QmRk1rduJvo5DfEYAaLobS2za9tDszk35hzaNSDCJ74DA7', () => [filled(0, 262_144)]],
    ['one byte more', 'QmbVuw4C4vcmVKqxoWtgDVobvcHrSn51qsmQmyxjk4sB2Q', () => [filled(0, 262_145)]],
    ['174 chunks', 'Qmed9FjL7KtZb7kYrS4gDcunvmL8iQ5CRGgA7nSKKwt2Ge', () => Array(174).fill(filled(7, 262_144))],
    [
      '175 chunks, two levels',
      'QmVgoYszX2r6uZWKgpDd4335EppxzmnYrjuQUCfgCZHpm9',
      () => Array(175).fill(filled(7, 262_144)),
    ],
    [
      '1 MiB of i mod 251',
      'QmXgkY4miMKJBrg8YYke4xw6C2n8WNsUc1GXLhN84k4QM3',
      () => [Uint8Array.from({ length: 1_048_576 }, (_, i) => i % 251)],
    ],
  ]
  for (const [name, cid, chunks] of vectors) it(name, async () => assert.equal(await cidOf(...chunks()), cid))

  it('in version 1, with raw leaves', async () => {
    const hasher = createCidHasher(1)
    await hasher.update(filled(0, 262_145))
    assert.equal(await hasher.digest(), 'bafybeigllfqgfpqydppr6cmv56g7ax4wyhruzswvcefv6j5kj77nzttfki')
  })

  it('of streams by ipfs.cid: 175 chunks, and 128 MiB of deadbeef', async () => {
    const { ipfs } = new AlephHttpClient({ endpoints: 'http://127.0.0.1:1' })
    const stream = (piece: Uint8Array, sizeBytes: number) => ({
      sizeBytes,
      async *stream() {
        for (let left = sizeBytes; left > 0; left -= piece.length) yield piece.subarray(0, left)
      },
    })
    assert.equal(
      await ipfs.cid(stream(filled(7, 300_000), 175 * 262_144)),
      'QmVgoYszX2r6uZWKgpDd4335EppxzmnYrjuQUCfgCZHpm9',
    )
    assert.equal(
      await ipfs.cid(stream(text('deadbeef'.repeat(37_000)), 134_217_728)),
      'QmcYKke22MG2rnu4nPVj8Z3hMPi2wtVMKzqLcJwYRThYif',
    )
  })

  it('128 MiB of deadbeef, in pieces of any size', async () => {
    const piece = text('deadbeef'.repeat(37_000))
    const pieces: Uint8Array[] = []
    for (let left = 134_217_728; left > 0; left -= piece.length)
      pieces.push(piece.subarray(0, Math.min(left, piece.length)))
    assert.equal(await cidOf(...pieces), 'QmcYKke22MG2rnu4nPVj8Z3hMPi2wtVMKzqLcJwYRThYif')
  })
})
