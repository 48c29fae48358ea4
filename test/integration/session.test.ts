import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { appendFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as vscode from 'vscode'
import secrets from '../fixtures/secrets.json' with { type: 'json' }
import { commands, secretKey } from '../../src/shared/ids.js'
import { activated, nodeUrl, publishedCount, useNetwork, uploadAll, usePrompts, workspaceFile } from './extension.js'

const [privateKey = ''] = secrets.keys
const unusedKey = secrets.keys.at(-1) ?? ''
const [phrase = ''] = secrets.mnemonics
const [keyOfPhrase = ''] = secrets.keysOfMnemonics

describe('accounts', () => {
  const prompts = usePrompts()
  const typed = (...texts: (string | undefined)[]) => {
    prompts.answers.input = async () => texts.shift()
  }

  before(async () => {
    const { test } = await useNetwork()
    test.session.useNetwork('mainnet')
  })

  after(async () => {
    const { test } = await activated()
    for (const { address } of test.book.accounts) await test.book.remove(address)
    test.session.useNetwork('local')
  })

  it('are created with a key that only the secret storage holds', async () => {
    const { active, test } = await activated()
    equal(active.account, undefined)
    typed('alice')
    await vscode.commands.executeCommand(commands.accountCreate)
    await prompts.untilToast('Created the account alice.')
    const { account } = test.session.active
    equal(account.name, 'alice')
    const text = (await test.context.secrets.get(secretKey(account.address))) ?? ''
    const secret = JSON.parse(text) as { privateKey: string }
    deepEqual(Object.keys(secret).sort(), ['privateKey', 'version'])
    // For the scan of everything that the runs leave behind.
    const noted = process.env['ALEPH_TEST_MADE_SECRETS']
    if (noted) await appendFile(noted, `${secret.privateKey}\n`)
  })

  it('are imported by key or mnemonic from a password input', async () => {
    const { test } = await activated()
    prompts.answers.pick = async ([paste]) => paste?.value
    const inputs: boolean[] = []
    const texts = [privateKey, 'bob', phrase, 'carol']
    prompts.answers.input = async ({ password }) => {
      inputs.push(password ?? false)
      return texts.shift()
    }
    await vscode.commands.executeCommand(commands.accountImport)
    equal(test.session.active.account.name, 'bob')
    await vscode.commands.executeCommand(commands.accountImport)
    equal(test.session.active.account.address, '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266')
    deepEqual(inputs, [true, false, true, false])
  })

  it('are not imported by a wrong mnemonic, whose words nobody sees again', async () => {
    const { test } = await activated()
    const before = test.book.accounts.length
    prompts.answers.pick = async ([paste]) => paste?.value
    typed(phrase.replace('junk', 'test'))
    await vscode.commands.executeCommand(commands.accountImport)
    match(await prompts.untilToast('Could not import the key'), /This isn't a valid mnemonic/)
    equal(test.book.accounts.length, before)
    ok(!prompts.toasts.join().includes('test test'))
  })

  it('stay as they were when the input is left', async () => {
    const { test } = await activated()
    const before = test.book.accounts
    prompts.answers.pick = async ([first]) => first?.value
    for (const command of [commands.accountCreate, commands.accountImport, commands.accountWatch]) {
      typed(undefined)
      await vscode.commands.executeCommand(command)
    }
    typed(unusedKey, undefined)
    await vscode.commands.executeCommand(commands.accountImport)
    prompts.answers.pick = async () => undefined
    for (const command of [commands.accountImport, commands.accountRename, commands.accountBackUp])
      await vscode.commands.executeCommand(command)
    deepEqual(test.book.accounts, before)
    deepEqual(prompts.toasts, [])
  })

  it('that are only watched can not publish, and say what can', async () => {
    const { test } = await activated()
    typed('0x51a58800b26aa1451aaa803d1746687cb88e0501', 'someone')
    await vscode.commands.executeCommand(commands.accountWatch)
    equal(test.session.active.account.kind, 'watch')
    const offers: string[][] = []
    prompts.answers.notify = async (_, _message, actions) => void offers.push(actions)
    await vscode.commands.executeCommand(commands.filesUpload, workspaceFile('notes.md'))
    await prompts.untilToast('The account someone is an address without a key and can not publish.')
    deepEqual(offers, [['Create a Key…', 'Import a Key…']])
  })

  it('are switched and removed for good after one question', async () => {
    const { test } = await activated()
    prompts.answers.pick = async items => items.find(({ label }) => label.includes('bob'))?.value
    await vscode.commands.executeCommand(commands.accountSwitch)
    const { address } = test.session.active.account
    equal(test.session.active.account.name, 'bob')

    prompts.answers.confirm = async () => false
    await vscode.commands.executeCommand(commands.accountRemove)
    equal(test.session.active.account.name, 'bob')

    const details: string[] = []
    prompts.answers.confirm = async ({ detail }) => details.push(detail) > 0
    await vscode.commands.executeCommand(commands.accountRemove)
    ok(details[0]?.includes(address))
    match(details[0] ?? '', /It is the account of this window\./)
    ok(!test.book.accounts.some(account => account.address === address))
    equal(await test.context.secrets.get(secretKey(address)), undefined)
  })

  it('of development act on the local node only', async () => {
    const { test } = await useNetwork()
    equal(test.session.active.account.kind, 'development')
    const before = await publishedCount()
    prompts.answers.choose = uploadAll
    await vscode.commands.executeCommand(commands.filesUpload, workspaceFile('notes.md'))
    await prompts.untilToast('Uploaded notes.md to local.')
    equal(await publishedCount(), before + 1)
    equal(await test.context.secrets.get(secretKey(test.session.active.account.address)), undefined)
    test.session.useNetwork('mainnet')
    ok(test.session.account?.kind !== 'development')
  })

  it('leave no key in any file or setting', async () => {
    const { test } = await activated()
    const { globalStorageUri, storageUri, logUri, globalState, workspaceState } = test.context
    const texts = [JSON.stringify(vscode.workspace.getConfiguration('aleph'))]
    for (const state of [globalState, workspaceState])
      texts.push(JSON.stringify(state.keys().map(key => state.get(key))))
    for (const uri of [globalStorageUri, storageUri, logUri]) if (uri) texts.push(...(await filesIn(uri.fsPath)))
    ok(
      texts.some(text => text.includes('"accounts"')),
      'the list of accounts was looked at',
    )
    const hidden = [privateKey.slice(2), keyOfPhrase.slice(2), phrase.slice(0, 14)]
    for (const text of texts) for (const secret of hidden) ok(!text.includes(secret))
  })
})

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return Promise.all(
    entries.filter(entry => entry.isFile()).map(entry => readFile(join(entry.parentPath, entry.name), 'utf8')),
  )
}

describe('networks', () => {
  const prompts = usePrompts()
  const setting = () => vscode.workspace.getConfiguration('aleph')
  let previous: unknown

  before(async () => {
    await useNetwork()
    previous = setting().inspect('networks')?.globalValue
  })

  after(async () => {
    await setting().update('networks', previous, vscode.ConfigurationTarget.Global)
    const { test } = await activated()
    test.session.useNetwork('local')
  })

  it('can be a node by its URL, kept in the settings of the user', async () => {
    const { test } = await activated()
    const problems: (string | undefined)[] = []
    prompts.answers.pick = async items => items.at(-1)?.value
    prompts.answers.input = async ({ validate }) => {
      for (const text of ['nonsense', 'http://node.example', nodeUrl, 'http://127.0.0.1:1/'])
        problems.push(validate?.(text))
      return 'http://127.0.0.1:1/'
    }
    await vscode.commands.executeCommand(commands.networkSwitch)
    deepEqual(problems, [
      'The URL must be an https address, or http on this computer.',
      'The URL must be an https address, or http on this computer.',
      'This node is in the list of networks already.',
      undefined,
    ])
    const { network } = test.session
    deepEqual([network.name, network.endpoints, network.isDevelopment], ['127.0.0.1:1', ['http://127.0.0.1:1'], false])
  })
})
