import { deepEqual, equal, rejects } from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { openSource } from '../../../src/client/node/source.js'
import { firstBytes, plannedFile } from '../../../src/host/node/plannedFile.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

const { signal } = new AbortController()

describe('a file that an upload planned', () => {
  const at = useTemporaryFolder()

  async function read(path: string, planned: string, sizeBytes: number): Promise<string> {
    const source = await openSource(plannedFile(path, planned, sizeBytes))
    const chunks: Uint8Array[] = []
    for await (const chunk of source.read()) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }

  it('is read while it is the same, again and again', async () => {
    await mkdir(at('site'))
    await writeFile(at('site/a'), 'text')
    await symlink(at('site'), at('link'))
    const planned = await realpath(at('site/a'))
    equal(await read(at('site/a'), planned, 4), 'text')
    equal(await read(at('link/a'), planned, 4), 'text')
    const source = await openSource(plannedFile(at('site/a'), planned, 4))
    for (let count = 0; count < 2; count++) for await (const chunk of source.read()) equal(String(chunk), 'text')
  })

  it('is not read once it, or a folder above it, became a link', async () => {
    await mkdir(at('site'))
    await mkdir(at('other'))
    await writeFile(at('site/a'), 'text')
    await writeFile(at('other/a'), 'TEXT')
    const planned = await realpath(at('site/a'))
    await rm(at('site/a'))
    await symlink(at('other/a'), at('site/a'))
    await rejects(read(at('site/a'), planned, 4), { code: 'IO', message: /^a isn't read, because it isn't the file/ })
    await rename(at('site'), at('gone'))
    await symlink(at('other'), at('site'))
    await rejects(read(at('site/a'), planned, 4), { code: 'IO', message: /^a isn't read/ })
    await rm(at('site'))
    await rejects(read(at('site/a'), planned, 4), { code: 'IO', message: 'a can not be read: it does not exist.' })
  })

  it('is taken as it is when the upload begins, and is another one once its size changes after that', async () => {
    await writeFile(at('a'), 'longer')
    const planned = await realpath(at('a'))
    equal(await read(at('a'), planned, 4), 'longer')
    const source = await openSource(plannedFile(at('a'), planned, 4))
    await writeFile(at('a'), 'longer still')
    const reading = async () => {
      for await (const _ of source.read());
    }
    await rejects(reading(), { code: 'INVALID_INPUT', message: /changed while it was read/ })
  })

  it('shows its first bytes, all of them where there are few', async () => {
    await writeFile(at('a'), 'x'.repeat(2_000_000))
    await writeFile(at('empty'), '')
    equal((await firstBytes(at('a'), 1_000_001, signal)).length, 1_000_001)
    equal((await firstBytes(at('a'), 9_000_000, signal)).length, 2_000_000)
    deepEqual(await firstBytes(at('empty'), 10, signal), Buffer.alloc(0))
  })

  it('of a size that the system does not tell is read whole', async function () {
    if (!existsSync('/proc/self/limits')) this.skip()
    equal((await firstBytes('/proc/self/limits', 1_000_000, signal)).length > 100, true)
  })
})
