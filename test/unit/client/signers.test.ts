import { strict as assert } from 'node:assert'
import { secp256k1 } from '@noble/curves/secp256k1'
import { SigningKey } from 'ethers/crypto'
import { hashMessage } from 'ethers/hash'
import { computeAddress } from 'ethers/transaction'
import fc from 'fast-check'
import { isSignedBy, keyPair } from '../../../src/client/lazy/evm.js'
import { isSignedByKey, PointTable } from '../../../src/client/message/pointTable.js'
import { developmentKey } from '../../helpers/accounts.js'

/** By recovering the signer, as ethers does it. */
function byRecovery(text: string, signature: string, address: string): boolean {
  const key = SigningKey.recoverPublicKey(hashMessage(text), signature)
  return computeAddress(key).toLowerCase() === address.toLowerCase()
}
const outcome = (act: () => boolean) => {
  try {
    return act()
  } catch {
    return false
  }
}

describe('signatures of a key that signs much', () => {
  const keys = [0, 1].map(index => keyPair(developmentKey(index)))
  const [alice, bob] = keys as [(typeof keys)[0], (typeof keys)[0]]

  it('are taken and refused exactly where recovering the signer takes and refuses them', () => {
    const { n } = secp256k1.CURVE
    const hex = (value: bigint) => value.toString(16).padStart(64, '0')
    const changes: ((signature: string) => string)[] = [
      signature => signature,
      signature => signature.slice(0, 130) + (signature.endsWith('1b') ? '1c' : '1b'),
      // The other signature of the same point, which is as good.
      signature =>
        signature.slice(0, 66) +
        hex(n - BigInt(`0x${signature.slice(66, 130)}`)) +
        (signature.endsWith('1b') ? '1c' : '1b'),
      signature => signature.slice(0, 66) + hex(n - BigInt(`0x${signature.slice(66, 130)}`)) + signature.slice(130),
      signature => `0x${hex(0n)}${signature.slice(66)}`,
      signature => `${signature.slice(0, 66)}${hex(0n)}1b`,
      signature => `0x${hex(n)}${signature.slice(66)}`,
      signature => signature.slice(0, 60),
      signature => `${signature}00`,
    ]
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom(...changes),
        fc.constantFrom(alice, bob),
        fc.constantFrom('same', 'other'),
        (text, change, signer, said) => {
          const signature = change(signer.sign(text))
          const about = said === 'same' ? text : `${text}.`
          const expected = outcome(() => byRecovery(about, signature, alice.address))
          assert.equal(
            outcome(() => isSignedBy(about, signature, alice.address)),
            expected,
          )
        },
      ),
      { numRuns: 300 },
    )
    assert.ok(isSignedBy('x', alice.sign('x').slice(2), alice.address.toLowerCase()))
  })

  it('a table gives the multiples of its point', () => {
    const privateKey = developmentKey(3).slice(2)
    const table = new PointTable(secp256k1.ProjectivePoint.fromPrivateKey(privateKey))
    const scalar = fc.bigInt({ min: 1n, max: secp256k1.CURVE.n - 1n })
    fc.assert(
      fc.property(scalar, hash => {
        const { r, s, recovery: yParity } = secp256k1.sign(hash.toString(16).padStart(64, '0'), privateKey)
        assert.ok(isSignedByKey(table, { hash, r, s, yParity }))
        assert.equal(isSignedByKey(table, { hash: hash + 1n, r, s, yParity }), false)
      }),
      { numRuns: 30 },
    )
  })

  it('what the sums do not cover is refused, not believed', () => {
    // Key and base point are the same here, and both scalars as well: the second half meets the first.
    const table = new PointTable(secp256k1.ProjectivePoint.BASE)
    assert.equal(isSignedByKey(table, { hash: 5n, r: 5n, s: 1n, yParity: 0 }), false)
    const { n } = secp256k1.CURVE
    assert.equal(isSignedByKey(table, { hash: n - 5n, r: 5n, s: 1n, yParity: 0 }), false)
    assert.equal(isSignedByKey(table, { hash: 0n, r: n - 1n, s: 1n, yParity: 0 }), false)
  })
})
