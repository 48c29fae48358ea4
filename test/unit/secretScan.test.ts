// The scan for secrets at the end of `npm test` must be able to find one, however it is written.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import secrets from '../fixtures/secrets.json' with { type: 'json' }
import { useTemporaryFolder } from '../helpers/temporary.js'

interface Scan {
  spellings(secrets: { keys: string[]; texts: string[] }): unknown
  holdsSecret(bytes: Buffer, patterns: unknown): boolean
  fileHoldsSecret(path: string, patterns: unknown, pieceBytes?: number): boolean
  filesBelow(folder: string): string[]
}

const key = `0x${'1f2e3d4c5b6a7988'.repeat(4)}`
const phrase = 'zone about junk test legal winner thank year wave sausage worth useful'
const bytes = Buffer.from(key.slice(2), 'hex')

describe('the scan for secrets', () => {
  const folder = useTemporaryFolder()
  let scan: Scan
  let patterns: unknown
  before(async () => {
    scan = (await import(pathToFileURL(join(process.cwd(), 'test/vscode/secretScan.mjs')).href)) as Scan
    patterns = scan.spellings({ keys: [key], texts: [phrase] })
  })

  const planted: Record<string, string | Buffer> = {
    'hex with 0x': key,
    'hex without 0x': key.slice(2),
    'upper case': key.toUpperCase(),
    'UTF-16': Buffer.from(key, 'utf16le'),
    'upper case in UTF-16': Buffer.from(key.slice(2).toUpperCase(), 'utf16le'),
    'raw bytes': bytes,
    base64: bytes.toString('base64'),
    base64url: bytes.toString('base64url'),
    'base64 in UTF-16': Buffer.from(bytes.toString('base64'), 'utf16le'),
    'base64 of the hex text': Buffer.from(key).toString('base64'),
    'base64 of a JSON that holds it': Buffer.from(JSON.stringify({ version: 1, privateKey: key })).toString('base64'),
    'a list of numbers': JSON.stringify([...bytes]),
    'an array that was printed': [...bytes].join(', '),
    mnemonic: phrase,
    'mnemonic in upper case': phrase.toUpperCase(),
    'mnemonic in a URL': encodeURIComponent(phrase),
    'mnemonic as a form': phrase.replaceAll(' ', '+'),
    'mnemonic as a list': JSON.stringify(phrase.split(' ')),
    'mnemonic in base64': Buffer.from(`x${phrase}`).toString('base64'),
    'mnemonic in UTF-16': Buffer.from(phrase, 'utf16le'),
  }
  for (const [what, secret] of Object.entries(planted))
    it(`finds ${what}, wherever it stands in a file`, () => {
      for (const before of ['', 'a', 'ab', '{"x":"'])
        ok(scan.holdsSecret(Buffer.concat([Buffer.from(before), Buffer.from(secret), Buffer.from('\n')]), patterns))
    })

  it('finds base64 of the bytes among others, at any place', () => {
    for (let shift = 0; shift < 6; shift++) {
      const around = Buffer.concat([Buffer.alloc(shift, 0xff), bytes, Buffer.alloc(5, 0xff)])
      ok(scan.holdsSecret(Buffer.from(around.toString('base64')), patterns), String(shift))
    }
  })

  it('finds nothing where nothing is', () => {
    for (const text of ['', 'test test test', key.slice(0, 40), phrase.slice(10), '0x' + '0'.repeat(64)])
      equal(scan.holdsSecret(Buffer.from(text), patterns), false)
  })

  it('finds it in a large file, also where two pieces meet', () => {
    for (let at = 0; at < 200; at++) {
      writeFileSync(folder('large'), 'x'.repeat(at) + key + 'x'.repeat(300))
      ok(scan.fileHoldsSecret(folder('large'), patterns, 100), String(at))
    }
    writeFileSync(folder('large'), 'x'.repeat(1000))
    equal(scan.fileHoldsSecret(folder('large'), patterns, 100), false)
    writeFileSync(folder('empty'), '')
    equal(scan.fileHoldsSecret(folder('empty'), patterns), false)
  })

  it('looks into every file of every folder', () => {
    for (const name of ['a', '.hidden', 'b.log']) writeFileSync(folder(name), name)
    deepEqual(scan.filesBelow(folder()).sort(), ['a', '.hidden', 'b.log'].map(folder).sort())
  })

  it('knows every key and mnemonic that the host and UI tests use', () => {
    const known = [...secrets.keys, ...secrets.mnemonics, ...secrets.keysOfMnemonics]
    for (const part of ['integration', 'ui'])
      for (const name of readdirSync(`test/${part}`)) {
        const text = readFileSync(`test/${part}/${name}`, 'utf8')
        for (const [literal] of text.matchAll(/\b(0x)?[0-9a-f]{64}\b|'(?:[a-z]{3,8} ){11,23}[a-z]{3,8}'/gi))
          ok(known.includes(literal.replaceAll("'", '')), `${name} has a secret of its own: ${literal.slice(0, 12)}…`)
        ok(!/repeat\(32\)/.test(text), `${name}: keys stand in test/fixtures/secrets.json`)
      }
  })
})
