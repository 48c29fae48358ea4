import { equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { problemReport } from '../../../src/core/problemReport.js'
import { RecentLines, type LogLine } from '../../../src/core/recentLines.js'
import { redact, type KnownTexts } from '../../../src/core/redact.js'
import { SecretMask } from '../../../src/core/secretMask.js'
import { untranslated } from '../../../src/shared/translate.js'
import { owner } from './fakes.js'

const hash = 'c'.repeat(20) + '0123456789ab'.repeat(3) + 'deadbeef'
const cid = 'QmYULJoNGPDmoRq4WNWTDTUvJGJv1hosox8H6vVd1kCsY8'
const known: KnownTexts = [
  ['/home/zoë', 'home'],
  ['zoë', 'user'],
  ['/srv/My Work/top-secret', 'folder'],
  ['top-secret', 'folder'],
  ['fileserver', 'host'],
]
const clean = (text: string) => redact(text, known)

describe('redacting', () => {
  for (const [what, text, expected] of [
    ['keeps what helps', '[extension] activated in 3.4 ms', '[extension] activated in 3.4 ms'],
    ['keeps commands and settings', '[aleph.files.upload] aleph.networks', '[aleph.files.upload] aleph.networks'],
    [
      'keeps public nodes and this computer, and shortens addresses',
      `[http] GET https://api3.aleph.im/api/v0/aggregates/${owner}.json?limit=50 200 in 12 ms`,
      '[http] GET https://api3.aleph.im/api/v0/aggregates/0x34f3…5dF3?limit=50 200 in 12 ms',
    ],
    [
      'keeps what the API itself means, and no value that a person chose',
      `GET http://127.0.0.1:4024/api/v0/messages.json?msgTypes=POST,STORE&addresses=${owner}&tags=launch&page=2 200`,
      'GET http://127.0.0.1:4024/api/v0/messages.json?msgTypes=POST,STORE&addresses=0x34f3…5dF3&tags=…&page=2 200',
    ],
    [
      'hides a node of somebody’s own, and what stands before its API',
      `GET https://me:pw@node.corp.example:8443/token/abc/api/v0/storage/raw/${hash} 200`,
      'GET https://<host>/api/v0/storage/raw/cccccccc… 200',
    ],
    ['hides a host that only looks public', 'GET https://api3.aleph.im.evil.example/x', 'GET https://<host>'],
    ['hides a bare host', 'The node node.corp.example:8443 can not', 'The node <name> can not'],
    ['hides a known host without dots', 'The node fileserver can not be reached', 'The node <host> can not be reached'],
    ['hides numbers of hosts but for this computer', '10.0.0.7:80 127.0.0.1:9', '<name> 127.0.0.1:9'],
    ['hides IPv6 but for this computer', '[fd00::1]:80 [::1]:80', '<host> [::1]:80'],
    ['keeps versions', 'VS Code 1.100.3, Node v20.19.4', 'VS Code 1.100.3, Node v20.19.4'],
    ['shortens hashes', `message ${hash}, file ${cid}`, 'message cccccccc…, file QmYULJoN…'],
    ['shortens addresses', `to ${owner}.`, 'to 0x34f3…5dF3.'],
    [
      'hides the name in a line about an upload, whatever is in it',
      `[upload] a failed: b is done “x\n“ 日本.txt is processed: message ${hash}, file ${cid}`,
      '[upload] <name> is processed: message cccccccc…, file QmYULJoN…',
    ],
    [
      'hides the name of a failed upload',
      '[upload] my plan for 2027 failed: AlephError: no',
      '[upload] <name> failed: AlephError: no',
    ],
    ['hides quoted texts', 'The channel “our plan” holds', 'The channel “…” holds'],
    ['hides names of files', 'Could not open prices-2027.xlsx', 'Could not open <name>'],
    [
      'hides paths with spaces and quotes',
      "ENOENT: no such file, open '/mnt/Zoë’s disk/it's mine, (really): x.txt'",
      "ENOENT: no such file, open '<path>",
    ],
    ['hides Windows paths', 'open C:\\Users\\Zoe\\Desktop\\My plan.txt', 'open <path>'],
    ['hides Windows paths with slashes', 'open c:/Users/Zoe/x', 'open <path>'],
    ['hides shares', 'open \\\\server\\share\\x y.txt', 'open <path>'],
    ['hides paths below home', 'open ~/My plan', 'open <path>'],
    ['hides relative paths', 'skipped site/images/a', 'skipped <name>'],
    ['hides e-mail addresses', 'by zoe@corp.example', 'by <mail>'],
    ['hides who it is', 'Hello ZOË, in top-secret', 'Hello <user>, in <folder>'],
    ['leaves words alone that only begin like a name', 'zoës', 'zoës'],
    [
      'keeps the files that are loaded at first use',
      'Error: x\n    at run (/home/zoë/x/dist/lazy/wallet.mjs:1:20)\n    at go (file:///home/zoë/x/dist/lazy/shared-3SBBTMXT.mjs:2:3)',
      'Error: x\n    at run (<path>lazy/wallet.mjs:1:20)\n    at go (file:<path>lazy/shared-3SBBTMXT.mjs:2:3)',
    ],
    [
      'keeps of a stack which line of ours it is',
      'Error: x\n    at run (/home/zoë/.vscode/extensions/x/dist/extension.js:10:20)\n    at node:internal/timers:5:6',
      'Error: x\n    at run (<path>extension.js:10:20)\n    at node:internal/timers:5:6',
    ],
    [
      'hides documents and files by URL',
      `aleph-read://local/file/${hash}/plan.txt file:///home/x/y vscode-remote://ssh+host/x`,
      'aleph-read:<path> file:<path> vscode-remote:<path>',
    ],
  ] as const)
    it(what, () => equal(clean(text), expected))

  it('takes out what is known of the person, wherever it stands', () => {
    const ends = ['', ' ', "'", '"', '(', '=', ': ', '\n', ', ', '/', '🦊']
    const before = fc.constantFrom(...ends, 'open ', 'https://a.example/', '“')
    fc.assert(
      fc.property(fc.constantFrom(...known), before, fc.constantFrom(...ends), ([text], head, tail) => {
        ok(!clean(`${head}${text}${tail}`).includes(text), `${head}${text}${tail}`)
      }),
    )
  })

  it('ends soon, whatever stands there', () => {
    for (const text of ['a', '.', 'a.', '@', '/', '\\', '“', '[:', '://', 'a@', '<a>/', '0x', '%'])
      clean(text.repeat(6000 / text.length))
  }).timeout(3000)
})

describe('a report about a problem', () => {
  const line = (text: string): LogLine => ({ timeMs: 0, level: 'info', text })
  const report = (lines: LogLine[], mask = new SecretMask(), more: KnownTexts = known) =>
    problemReport(
      {
        facts: [
          ['VS Code', '1.139.1, web'],
          ['Network', 'node.corp.example'],
        ],
        settings: [
          { name: 'aleph.gateway', value: 'https://gateway.corp.example/', choices: [] },
          { name: 'aleph.upload.engine', value: 'storage', choices: ['ipfs', 'storage'] },
          { name: 'aleph.upload.exclude', value: ['**/plan'], choices: [] },
          { name: 'aleph.preview.maxSizeMB', value: 7, choices: [] },
        ],
        lines,
        known: more,
        mask: text => mask.apply(text),
      },
      untranslated,
    )

  it('has the facts, the settings without what somebody typed, and the log', () => {
    const text = report([line('[extension] activated in 3.4 ms')])
    for (const part of [
      '- VS Code: `1.139.1, web`',
      '- Network: `<name>`',
      '- aleph.gateway: `changed`',
      '- aleph.upload.engine: `storage`',
      '- aleph.upload.exclude: `1 entry`',
      '- aleph.preview.maxSizeMB: `7`',
      '1970-01-01T00:00:00.000Z info [extension] activated in 3.4 ms',
    ])
      ok(text.includes(part), part)
    ok(!text.includes('corp') && !text.includes('plan'))
  })

  it('lets no line of the log end its block, turn its direction or add a heading of its own', () => {
    const text = report([line('[x] ````\n# Heading\n\u202egnp')])
    equal(text.match(/````/g)?.length, 2)
    ok(!text.includes('\u202e'))
    ok(text.indexOf('# Heading') > text.indexOf('````text') && text.indexOf('# Heading') < text.lastIndexOf('````'))
  })

  it('never holds a secret that is known, however it is spelt and whatever stands around it', () => {
    const hex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytes => Buffer.from(bytes).toString('hex'))
    const word = fc.constantFrom('zoë', 'test', 'junk', 'abandon', 'about', 'zone', 'fileserver')
    const phrase = fc.array(word, { minLength: 12, maxLength: 12 }).map(words => words.join(' '))
    const junk = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('İ', '0x', '“', '/home/zoë/', '://', '`'))
    fc.assert(
      fc.property(fc.oneof(hex, phrase), junk, junk, fc.boolean(), (secret, before, after, isUpper) => {
        const mask = new SecretMask()
        mask.add(secret)
        const written = isUpper ? secret.toUpperCase() : secret
        const text = report([line(`${before}${written}${after}`)], mask).toLowerCase()
        ok(!text.includes(secret.toLowerCase()))
        // Nor the greater part of it.
        ok(!text.includes(secret.slice(0, 24).toLowerCase()) && !text.includes(secret.slice(-24).toLowerCase()))
      }),
      { numRuns: 150 },
    )
  })

  it('masks a key that became known only after it was logged', () => {
    const mask = new SecretMask()
    const secret = 'ab12'.repeat(16)
    const lines = [line(`[x] ${secret}`)]
    mask.add(secret)
    ok(!report(lines, mask).includes('ab12'))
  })
})

describe('recent lines', () => {
  it('are bounded in number and length', () => {
    const recent = new RecentLines()
    for (let number = 0; number < 1000; number++)
      recent.add({ timeMs: 0, level: 'debug', text: `${number} `.repeat(9999) })
    equal(recent.all.length, 300)
    ok(recent.all[0]?.text.startsWith('700 '))
    ok(recent.all.every(({ text }) => text.length <= 4001))
  })
})
