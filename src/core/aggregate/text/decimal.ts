// Numbers of JSON as the exact decimals that they spell, beyond what a double can hold.

/**
 * The same text for the same number, however it is spelled: `1`, `1.0` and `10e-1` are all `1e0`, `-0` is `0`. An
 * exponent of more than 15 digits, which no program reads, stays as it is spelled.
 */
export function canonicalNumber(spelling: string): string {
  const [mantissa = '', exponent = '0'] = spelling.split(/[eE]/)
  const point = mantissa.indexOf('.')
  const digits = point < 0 ? mantissa : mantissa.slice(0, point) + mantissa.slice(point + 1)
  // By hand, because a pattern for the zeros at the end takes quadratic time.
  const first = digits.startsWith('-') ? 1 : 0
  let start = first
  while (digits.charAt(start) === '0') start++
  if (start === digits.length) return '0'
  let end = digits.length
  while (digits.charAt(end - 1) === '0') end--
  if (exponent.replace(/^[+-]?0*/, '').length > 15) return spelling
  const fractionDigits = point < 0 ? 0 : mantissa.length - point - 1
  const power = Number(exponent) - fractionDigits + digits.length - end
  return `${first ? '-' : ''}${digits.slice(start, end)}e${power}`
}

/** What a program that reads numbers as doubles, or a node, does to a number. */
export type NumberFate = 'exact' | 'tooLarge' | 'unsafeInteger' | 'roundedInteger' | 'roundedDecimal'

const safeIntegers = 2n ** 53n

/**
 * `tooLarge`: beyond a double, which nodes refuse. `roundedInteger`: outside −2⁶³…2⁶⁴−1, the node's own copy is a double.
 * `unsafeInteger`: beyond ±2⁵³, JavaScript rounds. `roundedDecimal`: more digits than a double keeps. (Protocol trap 35.)
 */
export function numberFate(spelling: string): NumberFate {
  // Up to 15 digits always survive; an exponent is what can make a short number large or small.
  if (spelling.length <= 15 && !/[eE]/.test(spelling)) return 'exact'
  const value = Number(spelling)
  if (!Number.isFinite(value)) return 'tooLarge'
  if (String(value) === spelling && !Number.isInteger(value)) return 'exact'
  if (/[.eE]/.test(spelling))
    return canonicalNumber(spelling) === canonicalNumber(String(value)) ? 'exact' : 'roundedDecimal'
  const size = Math.abs(value)
  if (size < 2 ** 53) return 'exact'
  if (size > 2 ** 64) return 'roundedInteger'
  // A double can not tell the limits from their neighbours.
  const integer = BigInt(spelling)
  if (integer < -(2n ** 63n) || integer >= 2n ** 64n) return 'roundedInteger'
  return integer === safeIntegers || integer === -safeIntegers ? 'exact' : 'unsafeInteger'
}
