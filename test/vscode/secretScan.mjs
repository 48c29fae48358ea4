// Looks for the secrets of the tests in everything that the runs left behind: no key may be anywhere but in SecretStorage,
// where it is encrypted. Which secrets these are is said once, in test/fixtures/secrets.json: keys that tests import, and
// texts that tests decrypt. Keys that the extension made during a run are noted by the suite in MADE_SECRETS files.
// The keys of development accounts are not among them: everybody knows them, and they sign on local nodes only.
import { closeSync, existsSync, openSync, readFileSync, readSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { home, root, vsix } from './paths.mjs'
import { Failure } from './processes.mjs'

export const madeSecrets = 'made-secrets.txt'

/** Files that hold the secrets on purpose. Nothing else is left out. */
const exceptions = [
  // Sources of tests, bundled: the secrets stand in them.
  /^test\/\.out\/integration\/suite\.cjs(\.map)?$/,
  /^test\/\.out\/(unit|ui|webview|bench|conformance)\/.*\.mjs(\.map)?$/,
  // Where the suite tells this scan which keys were made.
  /^\.vscode-test\/test\/[^/]+\/made-secrets\.txt$/,
  // Pictures: no search finds a text in them.
  /^test\/\.out\/screenshots\/[^/]+\.png$/,
]

/**
 * Searches what the named runs left, and what was built, and prints what it saw. Returns the number of files that hold a
 * secret.
 */
export async function scanLeftovers(runs) {
  const places = [join(home, 'test'), join(root, 'test/.out'), join(root, 'dist')]
  const missing = [...runs.map(name => join(home, 'test', name)), ...places, vsix].filter(place => !existsSync(place))
  if (missing.length) throw new Failure(`Secret scan: there is no ${relative(root, missing[0])} to look at.`)
  const patterns = spellings(knownSecrets())
  const found = []
  let files = 0
  const look = (name, holds) => {
    files++
    if (holds) found.push(name)
  }
  for (const path of places.flatMap(filesBelow)) {
    const name = relative(root, path)
    if (!exceptions.some(exception => exception.test(name))) look(name, fileHoldsSecret(path, patterns))
  }
  for (const [name, bytes] of await filesInZip(readFileSync(vsix)))
    look(`${relative(root, vsix)}/${name}`, holdsSecret(bytes, patterns))
  console.log(`${files} files looked at for ${patterns.count} secrets`)
  for (const name of found) console.error(`Secret scan: ${name} holds a secret of the tests.`)
  return found.length
}

function knownSecrets() {
  const { keys, mnemonics, keysOfMnemonics, plaintexts } = JSON.parse(
    readFileSync(join(root, 'test/fixtures/secrets.json'), 'utf8'),
  )
  const noted = filesBelow(join(home, 'test')).filter(path => path.endsWith(`/${madeSecrets}`))
  const made = noted.flatMap(path => readFileSync(path, 'utf8').split('\n').filter(Boolean))
  return { keys: [...keys, ...keysOfMnemonics, ...made], texts: [...mnemonics, ...plaintexts] }
}

/**
 * Every way in which a secret could be written. `anyCase` are compared without regard to case. Base64 of something longer
 * that holds the secret has one of three forms, by where it begins.
 */
export function spellings({ keys, texts }) {
  const anyCase = new Set()
  const exact = new Set()
  const addText = text => {
    const lower = text.toLowerCase()
    for (const form of [lower, encodeURIComponent(lower), lower.replaceAll(' ', '+'), JSON.stringify(lower.split(' '))])
      anyCase.add(form).add(utf16(form))
    for (const form of [text, lower, text.toUpperCase()]) for (const each of base64(Buffer.from(form))) exact.add(each)
  }
  for (const key of keys) {
    const hex = key.replace(/^0x/i, '')
    const bytes = Buffer.from(hex, 'hex')
    if (bytes.length !== 32) throw new Failure('Secret scan: a key of test/fixtures/secrets.json has not 32 bytes.')
    addText(hex)
    for (const each of base64(bytes)) exact.add(each)
    exact.add(bytes.toString('latin1'))
    for (const separator of [',', ', ']) exact.add([...bytes].join(separator))
  }
  for (const text of texts) addText(text)
  return { anyCase: [...anyCase], exact: [...exact], count: keys.length + texts.length }
}

export function holdsSecret(bytes, { anyCase, exact }) {
  const text = bytes.toString('latin1')
  const lower = text.toLowerCase()
  return anyCase.some(form => lower.includes(form)) || exact.some(form => text.includes(form))
}

/** Piece by piece, for a file can be larger than a string; each holds the beginning of the next one. */
export function fileHoldsSecret(path, patterns, pieceBytes = 16 * 1024 * 1024) {
  const longest = Math.max(...[...patterns.anyCase, ...patterns.exact].map(form => form.length))
  const file = openSync(path)
  try {
    const buffer = Buffer.alloc(Math.min(statSync(path).size, pieceBytes) + longest)
    for (let at = 0; ; at += pieceBytes) {
      const length = readSync(file, buffer, 0, buffer.length, at)
      if (holdsSecret(buffer.subarray(0, length), patterns)) return true
      if (length < buffer.length) return false
    }
  } finally {
    closeSync(file)
  }
}

const utf16 = text => Buffer.from(text, 'utf16le').toString('latin1')

function base64(bytes) {
  return [0, 1, 2].flatMap(shift => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    // The first and last characters hold bits of what stands around.
    const inner = text.slice(shift && shift + 1).replace(/.?=*$/, '')
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_'), utf16(inner)]
  })
}

export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .map(name => join(folder, name))
    .filter(path => statSync(path, { throwIfNoEntry: false })?.isFile())
}

async function filesInZip(bytes) {
  const { default: JSZip } = await import('jszip')
  const { files } = await JSZip.loadAsync(bytes)
  const inner = Object.values(files).filter(({ dir }) => !dir)
  return Promise.all(inner.map(async file => [file.name, await file.async('nodebuffer')]))
}
