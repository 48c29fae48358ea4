// Multiples of points of secp256k1, kept in tables: many signatures of one key are checked in a third of the time that
// recovering their signer takes. Not for secrets: how long it takes depends on the numbers.
import { secp256k1 } from '@noble/curves/secp256k1'

const { Fp, n: order } = secp256k1.CURVE
const prime = Fp.ORDER

type Point = InstanceType<typeof secp256k1.ProjectivePoint>
type Affine = readonly [x: bigint, y: bigint]

const windowBits = 4n
const windows = 256 / Number(windowBits)
/** Multiples of a window, without zero. */
const digits = 2 ** Number(windowBits) - 1
const mask = BigInt(digits)

/** For each window of a scalar, lowest first, the multiples of the point for each digit there. */
export class PointTable {
  readonly #multiples: readonly Affine[]

  constructor(point: Point) {
    const multiples: Point[] = []
    let base = point
    for (let window = 0; window < windows; window++) {
      let multiple = base
      for (let digit = 1; digit <= digits; digit++) {
        multiples.push(multiple)
        multiple = multiple.add(base)
      }
      base = multiple
    }
    this.#multiples = secp256k1.ProjectivePoint.normalizeZ(multiples).map(({ px, py }): Affine => [px, py])
  }

  /** The points that add up to `scalar` times this one. */
  *summands(scalar: bigint): Generator<Affine> {
    for (let window = 0, rest = scalar; rest > 0n; window++, rest >>= windowBits) {
      const digit = Number(rest & mask)
      if (digit) yield this.#multiples[window * digits + digit - 1] as Affine
    }
  }
}

let ofBase: PointTable | undefined

/**
 * Whether the key made the signature `r`, `s` of the number `hash`, with the point that it was made from in the half of the
 * curve that `yParity` says: exactly where recovering the signer gives this key.
 */
export function isSignedByKey(
  key: PointTable,
  { hash, r, s, yParity }: { hash: bigint; r: bigint; s: bigint; yParity: number },
): boolean {
  if (r <= 0n || r >= order || s <= 0n || s >= order) return false
  ofBase ??= new PointTable(secp256k1.ProjectivePoint.BASE)
  const inverse = inverseOf(s, order)
  const point = sum(ofBase.summands((hash * inverse) % order), key.summands((r * inverse) % order))
  return point?.[0] === r && (point[1] & 1n) === BigInt(yParity)
}

/**
 * Adds up in Jacobian coordinates (x = X/Z², y = Y/Z³). Undefined for the point at infinity, and where a sum meets one of its
 * own summands, which the formula does not cover: no signature that was not made up for it leads there.
 */
function sum(...lists: Iterable<Affine>[]): Affine | undefined {
  let [X, Y, Z] = [0n, 0n, 0n]
  let isFirst = true
  for (const list of lists)
    for (const [x, y] of list) {
      if (isFirst) {
        ;[X, Y, Z] = [x, y, 1n]
        isFirst = false
        continue
      }
      const ZZ = (Z * Z) % prime
      const H = ((x * ZZ) % prime) - X
      const R = ((((y * Z) % prime) * ZZ) % prime) - Y
      const HH = (H * H) % prime
      const HHH = (H * HH) % prime
      const V = (X * HH) % prime
      X = (R * R - HHH - 2n * V) % prime
      Y = (R * (V - X) - Y * HHH) % prime
      Z = (Z * H) % prime
    }
  if (Z === 0n) return undefined
  const inverse = inverseOf(Z, prime)
  const square = (inverse * inverse) % prime
  return [modulo(X * square, prime), modulo(Y * ((square * inverse) % prime), prime)]
}

const modulo = (value: bigint, by: bigint) => ((value % by) + by) % by

/** Of a value that is no multiple of the prime `by`. */
function inverseOf(value: bigint, by: bigint): bigint {
  let [a, b, x, y] = [modulo(value, by), by, 1n, 0n]
  while (a > 1n) {
    const quotient = b / a
    ;[a, b] = [b % a, a]
    ;[x, y] = [y - quotient * x, x]
  }
  return modulo(x, by)
}
