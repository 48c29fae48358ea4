// Headers of a tar archive (POSIX.1-2001): ustar, and before it a pax header where a path is long or not ASCII.

const blockBytes = 512
export const tarEnd = new Uint8Array(2 * blockBytes)

/** Fills the last block of a file of this size. */
export const tarPadding = (size: number): Uint8Array => new Uint8Array((blockBytes - (size % blockBytes)) % blockBytes)

/** Of a file, or without a size of a directory. */
export function tarHeader(path: string, size?: number): Uint8Array {
  const name = size === undefined ? `${path}/` : path
  const type = size === undefined ? '5' : '0'
  if (/^[\x20-\x7e]{1,100}$/.test(name) && (size ?? 0) < 8 ** 11) return ustar(name, size ?? 0, type)
  const records =
    paxRecord('path', name) + (size !== undefined && size >= 8 ** 11 ? paxRecord('size', String(size)) : '')
  const pax = Buffer.from(records)
  return Buffer.concat([
    ustar('pax', pax.length, 'x'),
    pax,
    tarPadding(pax.length),
    ustar('long', Math.min(size ?? 0, 8 ** 11 - 1), type),
  ])
}

/** Its length counts the digits of the length too. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest
  while (length !== rest + String(length).length) length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}

function ustar(name: string, size: number, type: string): Uint8Array {
  const header = Buffer.alloc(blockBytes)
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`
  header.write(name, 0)
  header.write(octal(type === '5' ? 0o755 : 0o644, 8), 100)
  header.write(octal(0, 8), 108)
  header.write(octal(0, 8), 116)
  header.write(octal(size, 12), 124)
  header.write(octal(0, 12), 136)
  header.write(' '.repeat(8), 148)
  header.write(type, 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}
