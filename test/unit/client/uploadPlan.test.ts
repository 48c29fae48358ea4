import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import type { AlephError } from '../../../src/client/errors.js'
import {
  builtInPrices,
  creditCost as creditCostAt,
  defaultPayment,
  holdCost as holdCostAt,
  type Prices,
} from '../../../src/client/file/prices.js'
import { planFile, planUpload, type UploadFacts } from '../../../src/client/file/uploadPlan.js'

const mebibyte = 1024 * 1024
const limits = {
  signed: { storage: 100 * mebibyte, ipfs: 1024 * mebibyte },
  unsigned: { storage: 25 * mebibyte, ipfs: 25 * mebibyte },
  car: 4096 * mebibyte,
}
/** What a node without a pricing aggregate charges. */
const prices: Prices = { ...builtInPrices, source: 'node-default' }
const creditCost = (sizeBytes: number) => creditCostAt(sizeBytes, prices)
const holdCost = (sizeBytes: number) => holdCostAt(sizeBytes, prices)
const plan = (facts: Partial<UploadFacts> & { held?: number; locked?: number; credits?: number }) => {
  const { held = 0, locked = 0, credits = 0, ...rest } = facts
  const balance = { balance: held, lockedAmount: locked, creditBalance: credits }
  return planUpload({ sizeBytes: mebibyte, engine: 'ipfs', payment: 'hold', limits, balance, prices, ...rest })
}

describe('upload plan (protocol §6.6, §11.5)', () => {
  it('a funded account sends file and STORE in one request', () => {
    assert.equal(plan({ held: 1 }), 'signed')
    assert.equal(plan({ held: 34, sizeBytes: 100 * mebibyte, engine: 'storage' }), 'signed')
    assert.equal(plan({ held: 400, sizeBytes: 1024 * mebibyte }), 'signed')
  })

  it('an account without funds sends files up to 25 MiB first, because the other way costs a 402 (trap 2)', () => {
    assert.equal(plan({}), 'unsigned')
    assert.equal(plan({ sizeBytes: 25 * mebibyte }), 'unsigned')
    assert.equal(plan({ held: 1, locked: 1000 }), 'unsigned')
  })

  it('without funds, more than 25 MiB is told beforehand, with the figures', () =>
    assert.throws(
      () => plan({ sizeBytes: 25 * mebibyte + 1, held: 3, locked: 1 }),
      (error: AlephError) => {
        assert.equal(error.code, 'INSUFFICIENT_FUNDS')
        assert.match(error.message, /needs 8\.667 ALEPH held; the account has 2 to spare.*up to 25 MiB\.$/)
        assert.equal(error.details.available, 2)
        return true
      },
    ))

  it('without funds, the storage engine takes one file only (trap 39)', () => {
    assert.equal(plan({ engine: 'storage' }), 'unsigned')
    assert.throws(() => plan({ engine: 'storage', locked: 0.1 }), {
      code: 'INSUFFICIENT_FUNDS',
      message: /storage engine/,
    })
    assert.equal(plan({ engine: 'ipfs', locked: 0.1 }), 'unsigned')
  })

  it('without funds, an empty file is refused beside others, by either engine', () => {
    for (const engine of ['ipfs', 'storage'] as const) {
      assert.equal(plan({ engine, sizeBytes: 0 }), 'unsigned')
      assert.throws(() => plan({ engine, sizeBytes: 0, locked: 0.1 }), { code: 'INSUFFICIENT_FUNDS' })
    }
  })

  it('no account may send more than the node takes', () => {
    assert.throws(() => plan({ held: 1e6, engine: 'storage', sizeBytes: 100 * mebibyte + 1 }), {
      code: 'TOO_LARGE',
      message: /100 MiB at most with the storage engine/,
    })
    assert.throws(() => plan({ held: 1e6, sizeBytes: 1024 * mebibyte + 1 }), { code: 'TOO_LARGE' })
  })

  it('by credit, a day must be covered, 25 MiB at least, and nothing is free', () => {
    const aDay = 107.804934183756585
    assert.ok(Math.abs(creditCost(1) - aDay) < 1e-9)
    assert.equal(creditCost(25 * mebibyte), creditCost(1))
    assert.equal(plan({ payment: 'credit', credits: 108 }), 'signed')
    assert.throws(() => plan({ payment: 'credit', credits: 107 }), {
      code: 'INSUFFICIENT_FUNDS',
      message: /107\.8 credits/,
    })
  })

  it('payment is hold until the end of 2026 and credit from then on', () => {
    assert.equal(defaultPayment(Date.UTC(2027, 0, 1) - 1), 'hold')
    assert.equal(defaultPayment(Date.UTC(2027, 0, 1)), 'credit')
  })

  const cut = (facts: Partial<UploadFacts> & { held?: number; credits?: number; chunkSize?: number | false }) => {
    const { held = 0, credits = 0, chunkSize, ...rest } = facts
    const balance = { balance: held, lockedAmount: 0, creditBalance: credits }
    return planFile({
      sizeBytes: mebibyte,
      engine: 'ipfs',
      payment: 'hold',
      limits,
      balance,
      prices,
      chunkSize,
      ...rest,
    })
  }

  it('cuts only what can not go in one piece, unless a chunk size is given', () => {
    assert.deepEqual(cut({}), { way: 'unsigned' })
    assert.deepEqual(cut({ held: 400, sizeBytes: 1024 * mebibyte }), { way: 'signed' })
    assert.deepEqual(cut({ held: 400, sizeBytes: 1025 * mebibyte }), { way: 'unsigned', chunkSize: 25 * mebibyte })
    assert.deepEqual(cut({ sizeBytes: 5000 * mebibyte }), { way: 'unsigned', chunkSize: 25 * mebibyte })
    assert.throws(() => cut({ sizeBytes: 30 * mebibyte, chunkSize: false }), { code: 'INSUFFICIENT_FUNDS' })
    assert.deepEqual(cut({ held: 400, sizeBytes: 1024 * mebibyte, chunkSize: false }), { way: 'signed' })
    assert.deepEqual(cut({ sizeBytes: 2 * mebibyte, chunkSize: mebibyte }), { way: 'unsigned', chunkSize: mebibyte })
    assert.deepEqual(cut({ held: 100, sizeBytes: 60 * mebibyte, chunkSize: 50 * mebibyte }), {
      way: 'signed',
      chunkSize: 50 * mebibyte,
    })
    const small = {
      signed: { storage: 30 * mebibyte, ipfs: 30 * mebibyte },
      unsigned: { storage: 9, ipfs: 5 * mebibyte },
      car: 0,
    }
    assert.deepEqual(cut({ sizeBytes: 20 * mebibyte, limits: small }), { way: 'unsigned', chunkSize: 5 * mebibyte })
    assert.throws(() => cut({ sizeBytes: 40 * mebibyte, chunkSize: 31 * mebibyte, limits: small, held: 100 }), {
      code: 'INVALID_INPUT',
      message: /30 MiB at most/,
    })
  })

  it('bills 25 MiB at least for every chunk by credit, and says what the whole needs', () => {
    const whole = cut({ payment: 'credit', credits: 540, sizeBytes: 5 * mebibyte, chunkSize: mebibyte })
    assert.equal(whole.chunkSize, mebibyte)
    assert.throws(() => cut({ payment: 'credit', credits: 538, sizeBytes: 5 * mebibyte, chunkSize: mebibyte }), {
      code: 'INSUFFICIENT_FUNDS',
      message: /5 chunks needs 539 credits/,
    })
  })

  it('by hold chunks of 25 MiB for IPFS are free, others are not (trap 39)', () => {
    for (const facts of [{ engine: 'storage' as const }, { chunkSize: 26 * mebibyte }])
      assert.throws(() => cut({ sizeBytes: 60 * mebibyte, ...facts }), {
        code: 'INSUFFICIENT_FUNDS',
        message: /ipfs engine takes chunks of 25 MiB/,
      })
    assert.deepEqual(cut({ sizeBytes: 200 * mebibyte, engine: 'storage', held: 67 }), {
      way: 'unsigned',
      chunkSize: 25 * mebibyte,
    })
  })

  it('has no more chunks than fit into a manifest', () =>
    assert.throws(() => cut({ sizeBytes: 180_001 * mebibyte, chunkSize: mebibyte }), {
      code: 'TOO_LARGE',
      message: /Choose larger ones/,
    }))

  it('never sends a file signed that the balance does not cover', () => {
    fc.assert(
      fc.property(
        fc.nat(2_000 * mebibyte),
        fc.nat(1000),
        fc.nat(1000),
        fc.constantFrom('ipfs' as const, 'storage' as const),
        (sizeBytes, held, locked, engine) => {
          let way: string
          try {
            way = plan({ sizeBytes, held, locked, engine })
          } catch {
            return
          }
          if (way === 'signed') assert.ok(held - locked >= holdCost(sizeBytes) && sizeBytes <= limits.signed[engine])
          else assert.ok(sizeBytes <= limits.unsigned[engine])
        },
      ),
    )
  })
})
