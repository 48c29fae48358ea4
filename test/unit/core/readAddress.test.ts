import { deepEqual, equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { addressPath, decodeSegment, encodeSegment, parseAddress } from '../../../src/core/readAddress.js'
import { hashOf, owner } from './fakes.js'

describe('addresses of read-only documents', () => {
  it('carry any aggregate key there and back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), key => {
        const path = addressPath({ kind: 'revision', networkId: 'local', owner, key, itemHash: hashOf(1), name: key })
        const back = parseAddress('local', path)
        ok(back?.kind === 'revision')
        equal(back.key, key)
        equal(back.owner, owner)
      }),
    )
  })

  it('have keys as one segment that no file system understands otherwise', () => {
    for (const key of ['', '.', '..', '../x', 'a/b', '%', '%2F', '%u', ':', '#', '?', '🦊', '\ud800']) {
      const segment = encodeSegment(key)
      ok(segment && !segment.includes('/') && segment !== '.' && segment !== '..', segment)
      equal(decodeSegment(segment), key)
    }
  })

  it('name files by what their author called them, made harmless', () => {
    const address = { kind: 'file', networkId: 'local', itemHash: hashOf(1), name: '../a:b%20#?.md' } as const
    equal(addressPath(address), `/file/${hashOf(1)}/.._a_b%20#_.md.aleph`)
    deepEqual(parseAddress('local', addressPath(address)), { ...address, name: '.._a_b%20#_.md' })
  })

  it('end so that no editor or language of another extension claims them, unless that is wanted', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('.ipynb', '.pdf', '.JSON', '.aleph', ''),
        (stem, end) => {
          const address = { kind: 'file', networkId: 'local', itemHash: hashOf(1), name: stem + end } as const
          ok(addressPath(address).endsWith('.aleph'))
          const back = parseAddress('local', addressPath(address))
          ok(back?.kind === 'file' && !back.hasOwnName)
        },
      ),
    )
    const named = { kind: 'file', networkId: 'local', itemHash: hashOf(1), name: 'a.ipynb', hasOwnName: true } as const
    equal(addressPath(named), `/file/${hashOf(1)}/a.ipynb`)
    deepEqual(parseAddress('local', addressPath(named)), named)
    for (const path of [
      `/message/${hashOf(1)}/a.json`,
      '/snapshot/1/a.json',
      `/revision/${owner}/k/${hashOf(1)}/a.json`,
    ])
      equal(parseAddress('local', path), undefined, path)
  })

  it('are refused when they are none of ours', () => {
    for (const path of [
      '',
      '/',
      '/file',
      `/file/${hashOf(1)}`,
      '/file/../x',
      '/.vscode/settings.json',
      `/revision/a/%zz/${hashOf(1)}/x.aleph`,
      '/revision/a/b/c/x.aleph',
      '/snapshot/x.aleph',
      `/file/${hashOf(1)}/.aleph`,
    ])
      equal(parseAddress('local', path), undefined, path)
  })
})
