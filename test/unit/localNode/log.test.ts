import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32Hex } from '../../../src/localNode/crc32.js'
import { LogDamaged, openLog } from '../../../src/localNode/log.js'
import { FailingDisk } from '../../helpers/failingDisk.js'

describe('the append-only log', () => {
  let folder = ''
  let path = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aleph-log-'))
    path = join(folder, 'messages.log')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const write = async (records: object[]) => {
    const { log } = await openLog(
      path,
      () => undefined,
      () => undefined,
    )
    await Promise.all(records.map(record => log.append(record, () => undefined)))
    await log.close()
  }
  const read = async () => {
    const records: unknown[] = []
    const warnings: string[] = []
    const { log, isTorn } = await openLog(
      path,
      record => records.push(record),
      text => warnings.push(text),
    )
    await log.close()
    assert.equal(isTorn, warnings.length > 0)
    return { records, warnings }
  }

  it('computes the usual CRC-32', () => {
    assert.equal(crc32Hex(Buffer.from('123456789')), 'cbf43926')
    assert.equal(crc32Hex(Buffer.alloc(0)), '00000000')
  })

  it('gives back what was written, whatever is in it', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.record({ text: fc.string({ unit: 'binary' }), n: fc.integer() })), async records => {
        rmSync(path, { force: true })
        await write(records)
        assert.deepEqual(await read(), { records: JSON.parse(JSON.stringify(records)), warnings: [] })
      }),
      { numRuns: 25 },
    ))

  it('cuts a torn end off at any byte, keeps every whole record, and goes on behind it', async () => {
    const records = [{ a: 1 }, { text: 'zwei\n"ü"' }, { c: [3] }]
    await write(records)
    const whole = readFileSync(path)
    const ends = [...whole].flatMap((byte, i) => (byte === 10 ? [i + 1] : []))
    for (let cut = 0; cut <= whole.length; cut++) {
      writeFileSync(path, whole.subarray(0, cut))
      const complete = ends.filter(end => end <= cut).length
      const isTorn = cut !== 0 && !ends.includes(cut)
      const { records: found, warnings } = await read()
      assert.deepEqual(found, records.slice(0, complete))
      assert.equal(warnings.length, isTorn ? 1 : 0, `cut at ${cut}`)
      await write([{ later: true }])
      assert.deepEqual((await read()).records, [...records.slice(0, complete), { later: true }])
    }
  })

  it('refuses a log that was changed in the middle, and says where', async () => {
    await write([{ a: 1 }, { b: 2 }, { c: 3 }])
    const lines = readFileSync(path, 'utf8').split('\n')
    lines[1] = lines[1]?.replace('2', '4') ?? ''
    writeFileSync(path, lines.join('\n'))
    await assert.rejects(read(), (error: Error) => error instanceof LogDamaged && error.message.includes('line 2'))
  })

  it('applies records in their order, also those of one write, and none that could not be written', async () => {
    const disk = new FailingDisk()
    const warnings: string[] = []
    const { log } = await openLog(
      path,
      () => undefined,
      text => warnings.push(text),
      disk,
    )
    const applied: number[] = []
    const append = (n: number) => log.append({ n }, () => void applied.push(n))
    await Promise.all(Array.from({ length: 100 }, (_, n) => append(n)))
    assert.deepEqual(
      applied,
      Array.from({ length: 100 }, (_, n) => n),
    )
    assert.equal(disk.appended.length, 1)
    disk.isFull = true
    for (let i = 0; i < 2; i++) await assert.rejects(append(100), { name: 'NotWritten', isFull: true })
    disk.isFull = false
    await append(101)
    assert.deepEqual(applied.slice(100), [101])
    assert.equal(warnings.length, 1)
    await log.close()
    assert.deepEqual((await read()).records.slice(99), [{ n: 99 }, { n: 101 }])
  })

  it('refuses lines at its end that no dying process leaves', async () => {
    await write([{ a: 1 }])
    writeFileSync(path, `${readFileSync(path, 'utf8')}some text\nand more`)
    await assert.rejects(read(), /is damaged at line 2 \(byte \d+\)/)
  })

  it('keeps what it cuts off', async () => {
    await write([{ a: 1 }])
    const whole = readFileSync(path)
    writeFileSync(path, Buffer.concat([whole, whole.subarray(0, 10)]))
    await read()
    const aside = readdirSync(folder).find(name => name.endsWith('.torn')) ?? ''
    assert.deepEqual(readFileSync(join(folder, aside)), whole.subarray(0, 10))
  })
})
