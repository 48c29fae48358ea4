import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Registers hooks; the returned function gives the path of `name` in an empty folder of the running test. */
export function useTemporaryFolder(): (name?: string) => string {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aleph-test-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  return (name = '') => join(folder, name)
}
