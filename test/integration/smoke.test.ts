// The least that every other host test relies on.
import { equal, ok } from 'node:assert/strict'
import * as vscode from 'vscode'

const extension = vscode.extensions.getExtension('aleph-cloud.aleph-cloud-storage')

describe('extension host', () => {
  it('knows the extension and activates it', async () => {
    ok(extension)
    await extension.activate()
    ok(extension.isActive)
  })

  it('has the sample workspace open', async () => {
    const found = await vscode.workspace.findFiles('README.md')
    equal(found.length, 1)
  })

  it('trusts the workspace', () => {
    equal(vscode.workspace.isTrusted, true)
  })

  it('does not trust the workspace @untrusted', () => {
    equal(vscode.workspace.isTrusted, false)
  })
})
