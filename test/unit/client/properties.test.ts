import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import { AlephHttpClient } from '../../../src/client/client.js'
import { createCidHasher, toCidV1 } from '../../../src/client/lazy/cid.js'
import { signMessage } from '../../../src/client/message/envelope.js'
import type { Envelope } from '../../../src/client/message/types.js'
import { verifyMessage, verifySignature } from '../../../src/client/message/verify.js'
import { sha256Hex } from '../../../src/client/node/hash.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { FakeClock, fakeFetch } from '../../helpers/fakes.js'

describe('properties', () => {
  it('what is signed is verified, and one changed letter is not', async () => {
    const account = await developmentAccount(0)
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.nat(), async (value, seed) => {
        fc.pre(!JSON.stringify(value).includes('\\u0000'))
        const content = { address: account.address, time: 1, type: 'note', content: value }
        const { envelope } = await signMessage(account, { type: 'POST', content })
        const text = envelope.item_content ?? assert.fail()
        assert.equal(envelope.item_hash, sha256Hex(text))
        await verifyMessage(envelope, text)
        const at = seed % text.length
        const changed = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1)
        await assert.rejects(verifyMessage(envelope, changed), { code: 'INTEGRITY' })
        const digit = 2 + (seed % 128)
        const forged =
          envelope.signature.slice(0, digit) +
          (envelope.signature[digit] === '0' ? '1' : '0') +
          envelope.signature.slice(digit + 1)
        assert.equal(await verifySignature({ ...envelope, signature: forged }), false)
      }),
      { numRuns: 50 },
    )
  })

  it('a CID is that of ipfs-unixfs-importer, however the bytes come', async () => {
    const byImporter = async (content: Uint8Array, cidVersion: 0 | 1) => {
      const options = {
        cidVersion,
        rawLeaves: cidVersion === 1,
        chunker: fixedSize({ chunkSize: 262_144 }),
        layout: balanced({ maxChildrenPerNode: 174 }),
        wrapWithDirectory: false,
      }
      for await (const { cid } of importer([{ content }], { put: (cid: unknown) => cid } as never, options))
        return cid.toString()
      return assert.fail()
    }
    await fc.assert(
      fc.asyncProperty(
        fc.nat(600_000),
        fc.array(fc.nat(600_000), { maxLength: 5 }),
        fc.constantFrom(0 as const, 1 as const),
        async (size, cuts, version) => {
          const content = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 9)) % 256)
          const edges = [0, ...cuts.map(cut => Math.min(cut, size)).sort((a, b) => a - b), size]
          const hasher = createCidHasher(version)
          for (let i = 1; i < edges.length; i++) await hasher.update(content.subarray(edges[i - 1], edges[i]))
          const cid = await hasher.digest()
          assert.equal(cid, await byImporter(content, version))
          if (version === 0) assert.match(toCidV1(cid), /^bafy[a-z2-7]{55}$/)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('a list gives every row once and in order, however a node cuts its pages and repeats rows', async () => {
    const account = await developmentAccount(0)
    const envelopes = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const content = { address: account.address, time: n, type: 'note', content: n }
        return (await signMessage(account, { type: 'POST', content })).envelope
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(12), { maxLength: 6 }), fc.nat(3), async (cuts, overlap) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), envelopes.length]
        const pages = edges
          .slice(1)
          .map((end, i): Envelope[] => envelopes.slice(Math.max(0, (edges[i] ?? 0) - overlap), end))
        const fetch = fakeFetch(({ url }) => {
          const index = Number(url.searchParams.get('cursor') || 0)
          return { body: { messages: pages[index], next_cursor: index + 1 < pages.length ? String(index + 1) : null } }
        })
        const aleph = new AlephHttpClient({ endpoints: 'https://node.example', fetch, clock: new FakeClock() })
        const seen: string[] = []
        for await (const { item_hash, error } of aleph.messages.list()) {
          assert.equal(error, undefined)
          seen.push(item_hash)
        }
        assert.deepEqual(
          seen,
          envelopes.map(({ item_hash }) => item_hash),
        )
        assert.equal(fetch.requests.length, pages.length)
      }),
      { numRuns: 25 },
    )
  })
})
