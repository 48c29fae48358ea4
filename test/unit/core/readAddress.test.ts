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
    equal(addressPath(address), `/file/${hashOf(1)}/.._a_b%20#_.md`)
    deepEqual(parseAddress('local', addressPath(address)), { ...address, name: '.._a_b%20#_.md' })
  })

  it('are refused when they are none of ours', () => {
    for (const path of [
      '',
      '/',
      '/file',
      `/file/${hashOf(1)}`,
      '/file/../x',
      '/.vscode/settings.json',
      `/revision/a/%zz/${hashOf(1)}/x`,
      '/revision/a/b/c/x',
      '/snapshot/x',
    ])
      equal(parseAddress('local', path), undefined, path)
  })
})
