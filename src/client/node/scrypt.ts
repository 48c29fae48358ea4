// scrypt by the platform: on a thread of its own, and several times as fast as JavaScript.
import { scrypt } from 'node:crypto'

/** 32 bytes, with r = 8 and p = 1. Takes 1024 bytes of memory for each of `rounds`, a power of two. */
export const scryptKey = (password: string, salt: Uint8Array, rounds: number): Promise<Uint8Array> =>
  new Promise((resolve, reject) =>
    scrypt(
      Buffer.from(password, 'utf8'),
      salt,
      32,
      { N: rounds, r: 8, p: 1, maxmem: 1024 * rounds + 65536 },
      (error, key) => (error ? reject(error) : resolve(new Uint8Array(key))),
    ),
  )
