import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { saveFile } from '../../../src/client/node/saveFile.js'
import { pieces } from '../../../src/client/pieces.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

describe('saving a file', () => {
  const folder = useTemporaryFolder()
  const save = (name: string, text = 'new') =>
    saveFile(join(folder(), name), pieces(new TextEncoder().encode(text)), () => undefined)
  const read = (name: string) => readFile(join(folder(), name), 'utf8')

  before(function () {
    if (process.platform === 'win32') this.skip()
  })

  for (const mode of [0o600, 0o666, 0o755])
    it(`keeps the mode ${mode.toString(8)} of the file that is there`, async () => {
      const path = join(folder(), `mode${mode}`)
      await writeFile(path, 'old')
      await chmod(path, mode)
      await save(`mode${mode}`)
      assert.equal((await stat(path)).mode & 0o777, mode)
      assert.equal(await read(`mode${mode}`), 'new')
    })

  it('writes through a link, also through several and to a target that is not there yet', async () => {
    await mkdir(join(folder(), 'sub'))
    await writeFile(join(folder(), 'sub/target'), 'old')
    await symlink('sub/target', join(folder(), 'link'))
    await symlink('link', join(folder(), 'second'))
    await save('second')
    assert.equal(await read('sub/target'), 'new')
    assert.equal(await readlink(join(folder(), 'link')), 'sub/target')
    assert.equal(await readlink(join(folder(), 'second')), 'link')
    await symlink('sub/later', join(folder(), 'dangling'))
    await save('dangling')
    assert.ok((await lstat(join(folder(), 'dangling'))).isSymbolicLink())
    assert.equal(await read('sub/later'), 'new')
  })

  it('refuses what is no file with a sentence, and leaves it alone', async () => {
    await mkdir(join(folder(), 'folder'))
    execFileSync('mkfifo', [join(folder(), 'pipe')])
    await symlink('/dev/null', join(folder(), 'device'))
    await symlink('circle', join(folder(), 'circle'))
    for (const [name, reason] of [
      ['folder', /^folder can't be written: a folder has this name\.$/],
      ['pipe', /^pipe can't be written: this is a device, a pipe or a socket, not a file\.$/],
      ['device', /^device can't be written: this is a device/],
      ['circle', /^circle can't be written: its symbolic links lead in circles\.$/],
      ['missing/file', /the folder does not exist/],
    ] as const)
      await assert.rejects(save(name), { code: 'IO', message: reason })
    assert.ok((await stat(join(folder(), 'pipe'))).isFIFO())
    assert.ok((await stat('/dev/null')).isCharacterDevice())
    assert.deepEqual(
      (await readdir(folder())).filter(name => name.endsWith('.part')),
      [],
    )
  })

  it('leaves a file as it was when the bytes do not come', async () => {
    await writeFile(join(folder(), 'kept'), 'old')
    async function* broken() {
      yield new Uint8Array(10)
      throw new Error('broken')
    }
    await assert.rejects(
      saveFile(join(folder(), 'kept'), broken(), () => undefined),
      /broken/,
    )
    assert.equal(await read('kept'), 'old')
  })
})
