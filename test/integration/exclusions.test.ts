// What must not be uploaded isn't, whatever the settings, ignore files and links of a workspace say.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import { commands } from '../../src/shared/ids.js'
import { memoryScheme, registerMemoryFiles } from './memoryFiles.js'
import { publishedCount, uploadAll, useNetwork, usePrompts, workspaceFile } from './extension.js'

type Question = { message: string; detail: string; actions: readonly string[] }

describe('what uploads leave out', () => {
  const prompts = usePrompts()
  const folder = () => workspaceFile('guarded')
  const file = (name: string) => vscode.Uri.joinPath(folder(), name).fsPath
  const upload = (...uris: vscode.Uri[]) => vscode.commands.executeCommand(commands.filesUpload, uris[0], uris)
  const set = (section: string, name: string, value: unknown) =>
    vscode.workspace.getConfiguration(section).update(name, value, vscode.ConfigurationTarget.Workspace)
  let questions: Question[]

  before(() => useNetwork())

  beforeEach(async () => {
    questions = []
    prompts.answers.choose = async question => void questions.push(question)
    await mkdir(folder().fsPath)
    await writeFile(file('kept.txt'), 'kept')
  })

  afterEach(async () => {
    await rm(folder().fsPath, { recursive: true })
    await set('files', 'exclude', undefined)
    await set('aleph', 'upload.exclude', undefined)
  })

  it('is what a pattern of either setting names as VS Code reads it, on top of the defaults', async () => {
    for (const name of ['.env', 'a.map', 'Secret.txt', 'café.md', 'x.js']) await writeFile(file(name), name)
    await mkdir(file('drafts'))
    await writeFile(file('drafts/a'), 'a')
    await symlink(file('.env'), file('config.txt'))
    await set('aleph', 'upload.exclude', ['**/*.map'])
    const hidden = { '**/[sS]ecret*': true, '**/drafts/': true, '**/{x,{y,z}}.css': true }
    await set('files', 'exclude', { ...hidden, '**/*.js': { when: '$(basename).ts' } })
    await writeFile(file('.alephignore'), Buffer.from('\ufeffcafe\u0301.md\n', 'utf16le'))
    await upload(folder())
    const [{ message = '', detail = '' } = {}] = questions
    match(message, /^Upload 2 files, \d+ bytes, from guarded\?$/)
    match(detail, /^7 skipped:$/m)
    match(detail, /^guarded\/\.env: excluded by default/m)
    match(detail, /^guarded\/Secret\.txt: excluded by the setting files\.exclude$/m)
    match(detail, /^Patterns of files\.exclude that have a condition .* aren't applied: \*\*\/\*\.js$/m)
  })

  it('is nothing where a pattern can not be read: its setting is opened instead', async () => {
    const before = await publishedCount()
    await set('files', 'exclude', { '**/[secret': true })
    await upload(folder())
    deepEqual(
      questions.map(({ message, actions }) => [message, actions]),
      [
        [
          `Nothing was uploaded, because "**/[secret" in the setting files.exclude isn't a valid pattern.`,
          ['Open Settings'],
        ],
      ],
    )
    await writeFile(file('.alephignore'), Buffer.from([0xff, 0x00, 0xfe, 0x2a]))
    await set('files', 'exclude', undefined)
    await upload(folder())
    await prompts.untilToast('guarded/.alephignore')
    equal(await publishedCount(), before)
  })

  it('can be included in one upload; a secret is asked about by name, as one that is selected by hand', async () => {
    await writeFile(file('.env'), `KEY=${Math.random()}`)
    await writeFile(file('a.map'), '{}')
    await set('aleph', 'upload.exclude', ['**/*.map'])
    prompts.answers.pick = async items => items.find(({ label }) => label.includes('Include skipped'))?.value
    prompts.answers.pickMany = async items => items.map(({ value }) => value)
    prompts.answers.choose = async question => {
      questions.push(question)
      return question.actions.find(action => action === (questions.length === 1 ? 'Options…' : 'Include'))
    }
    await upload(folder())
    equal(questions[1]?.message, 'guarded/.env may hold secrets. Include it in the upload?')
    match(questions[2]?.message ?? '', /^Upload 3 files, /)
    questions = []
    prompts.answers.choose = async question => {
      questions.push(question)
      return question.actions.includes('Leave Out') ? 'Leave Out' : undefined
    }
    await upload(vscode.Uri.file(file('.env')), vscode.Uri.file(file('kept.txt')))
    equal(questions[0]?.message, '.env may hold secrets. Include it in the upload?')
    match(questions[1]?.message ?? '', /^Upload kept\.txt, /)
  })

  it('are not files whose provider says that they are empty', async function () {
    if (!existsSync('/proc/self/limits')) this.skip()
    const bytes = new TextEncoder().encode(`of an old commit ${Math.random()}`)
    const registered = registerMemoryFiles({ '/repo/old.txt': bytes }, { isSizeKnown: false })
    prompts.answers.choose = async question => {
      questions.push(question)
      return uploadAll(question)
    }
    try {
      await upload(vscode.Uri.from({ scheme: memoryScheme, path: '/repo/old.txt' }))
      await prompts.untilToast('Uploaded old.txt')
      await upload(vscode.Uri.file('/proc/self/limits'))
      await prompts.untilToast('Uploaded limits')
    } finally {
      registered.dispose()
    }
    ok(questions[0]?.message.includes(`${bytes.length} bytes`), questions[0]?.message)
  })
})
