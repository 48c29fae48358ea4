// A folder that somebody hands to you must not decide where your requests and links go.
import { deepEqual, equal, throws } from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import { pathFilter } from '../../src/core/glob.js'
import { Exclusions, InvalidExclusion } from '../../src/host/exclusions.js'
import { useNetwork, usePrompts, workspaceFile } from './extension.js'

const defaultPreviewMb = 50

describe('settings of a workspace @folder @untrusted', () => {
  const prompts = usePrompts()
  const folder = () => workspaceFile('.vscode').fsPath
  const setting = <T>(name: string) => vscode.workspace.getConfiguration('aleph').get<T>(name)

  /** Resolves when VS Code takes up the one setting that any workspace may set. */
  const untilTaken = (previewMb: number) =>
    new Promise<void>(resolve => {
      const subscription = vscode.workspace.onDidChangeConfiguration(() => {
        if (setting('preview.maxSizeMB') !== previewMb) return
        subscription.dispose()
        resolve()
      })
    })

  async function writeSettings(values: Record<string, unknown>, previewMb: number): Promise<void> {
    const taken = untilTaken(previewMb)
    await mkdir(folder(), { recursive: true })
    await writeFile(`${folder()}/settings.json`, JSON.stringify({ ...values, 'aleph.preview.maxSizeMB': previewMb }))
    await taken
  }

  before(() => useNetwork())

  // Later tests must not begin with what is written here.
  after(async () => {
    const taken = setting('preview.maxSizeMB') === defaultPreviewMb ? undefined : untilTaken(defaultPreviewMb)
    await rm(folder(), { recursive: true, force: true })
    await taken
  })

  it('can not redirect what is read, published or linked', async () => {
    const { test } = await useNetwork()
    const before = { networks: setting('networks'), gateway: test.settings.gateway, active: test.session.network }
    await writeSettings(
      {
        'aleph.networks': [{ name: 'local', url: 'https://evil.example' }],
        'aleph.gateway': 'https://evil.example/ipfs/',
      },
      7,
    )
    deepEqual({ networks: setting('networks'), gateway: test.settings.gateway, active: test.session.network }, before)
    equal(JSON.stringify(test.session.networks).includes('evil'), false)
    equal(test.settings.previewMaxBytes, 7_000_000)
  })

  it('decide about uploads only where the workspace is trusted', async () => {
    const { test } = await useNetwork()
    await writeSettings(
      {
        'aleph.channel': 'OF-THE-FOLDER',
        'aleph.upload.engine': 'storage',
        'aleph.upload.exclude': ['**/*.map'],
        'aleph.upload.disabledExclusions': ['.env'],
      },
      8,
    )
    const { settings } = test
    deepEqual(
      [settings.channel, settings.uploadEngine],
      vscode.workspace.isTrusted ? ['OF-THE-FOLDER', 'storage'] : [undefined, 'ipfs'],
    )
    deepEqual(settings.disabledExclusions, [])
    // It can leave out more, and nothing less, so it may wherever it comes from.
    const { excludedBy } = new Exclusions(pathFilter)
    const rule = excludedBy(workspaceFile('site/a.map'), 'a.map', new Set())
    equal(rule?.setting, 'aleph.upload.exclude')
  })

  it('that make no sense leave the defaults, and are named', async () => {
    const { test } = await useNetwork()
    await writeSettings({ 'aleph.channel': 7, 'aleph.upload.engine': 'tape', 'aleph.upload.exclude': '**' }, 900)
    const { settings } = test
    deepEqual([settings.channel, settings.uploadEngine, settings.previewMaxBytes], [undefined, 'ipfs', 50_000_000])
    equal(settings.problems.length, vscode.workspace.isTrusted ? 4 : 2)
    throws(() => new Exclusions(pathFilter).excludedBy(workspaceFile('a'), 'a', new Set()), InvalidExclusion)
  })

  it('that are the user’s own and make no sense are said once, with the way to the settings', async () => {
    const actions: string[][] = []
    prompts.answers.notify = async (_severity, _message, buttons) => void actions.push(buttons)
    const networks = setting<unknown[]>('networks') ?? []
    const set = (value: unknown[]) =>
      vscode.workspace.getConfiguration('aleph').update('networks', value, vscode.ConfigurationTarget.Global)
    await set([...networks, { name: 'broken', url: 'ftp://a.example' }])
    await prompts.untilToast(`Entry ${networks.length + 1} of aleph.networks is left out`)
    await set([...networks, { name: 'broken', url: 'ftp://b.example' }])
    await set(networks)
    deepEqual(actions, [['Open Settings']])
  })
})
