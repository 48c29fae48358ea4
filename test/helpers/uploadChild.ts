// A process of its own that uploads a file in chunks, to be killed in the middle, or downloads one: `node uploadChild.mjs
// upload|download URL KEY TIME FILE RECORD|HASH [KILL_AFTER]`. The record is kept in a file; an upload goes on from one that is
// there, and kills itself when so many chunks are done. TIME is where its clock begins.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { AlephHttpClient, ETHAccount, type UploadRecord } from '../../src/client/index.js'
import { systemClock } from '../../src/client/http/clock.js'

const [what, endpoints = '', key = '', startMs = '', file = '', target = '', killAfter = ''] = process.argv.slice(2)
const clock = { ...systemClock, now: () => Math.floor(Number(startMs) + performance.now()) }
const { storage } = new AlephHttpClient({ endpoints, account: await ETHAccount.fromPrivateKey(key), clock })

const upload = () => {
  const known = existsSync(target) && { resume: JSON.parse(readFileSync(target, 'utf8')) as UploadRecord }
  return storage.storeFile(file, {
    ...(known || { chunkSize: 1024 * 1024 }),
    onRecord: record => {
      writeFileSync(`${target}.new`, JSON.stringify(record))
      renameSync(`${target}.new`, target)
      const done = record.chunks.filter(chunk => chunk?.isDone).length
      if (killAfter && done >= Number(killAfter)) process.kill(process.pid, 'SIGKILL')
    },
  })
}

const result = await (what === 'download' ? storage.downloadTo(target, file) : upload())
const peakBytes = process.resourceUsage().maxRSS * 1024
process.stdout.write(JSON.stringify({ item_hash: 'item_hash' in result ? result.item_hash : target, peakBytes }))
