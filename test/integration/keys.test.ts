// How keys come in and go out, and what happens when there is no place for them.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import * as vscode from 'vscode'
import known from '../fixtures/secrets.json' with { type: 'json' }
import { AlephHttpClient, ETHAccount, type BaseContent } from '../../src/client/index.js'
import { signMessage } from '../../src/client/message/envelope.js'
import { openKeystore, sealKeystore } from '../../src/client/keystore.js'
import { mainnet } from '../../src/core/network.js'
import { developmentAddresses, developmentSigner } from '../../src/core/developmentAccounts.js'
import { commands, secretKey } from '../../src/shared/ids.js'
import {
  activated,
  clipboard,
  closeEditors,
  nodeUrl,
  publishedCount,
  useNetwork,
  uploadAll,
  usePrompts,
  workspaceFile,
} from './extension.js'
import { nodeFetch } from '../helpers/nodeFetch.js'

const [, aliceKey = '', bobKey = '', carolKey = '', daveKey = ''] = known.keys
const [password = '', wrongPassword = ''] = known.plaintexts
const secrets = [aliceKey, bobKey, carolKey, daveKey].map(key => key.slice(2)).concat(password, wrongPassword)

describe('keys', () => {
  // Before the prompts forget them.
  afterEach(() => shown.push(...prompts.toasts))
  const prompts = usePrompts()
  let folder = ''
  const shown: string[] = []
  const run = (id: string, ...args: unknown[]) => vscode.commands.executeCommand(id, ...args)
  const file = (name: string) => vscode.Uri.file(join(folder, name))
  const typed = (...texts: (string | undefined)[]) => {
    prompts.answers.input = async options => {
      shown.push(options.title, options.prompt, options.value ?? '')
      return texts.shift()
    }
  }
  /** Picks the row whose label holds the text. */
  const picked = (...parts: string[]) => {
    prompts.answers.pick = async items => {
      const part = parts.shift() ?? ''
      const item = items.find(({ label }) => label.includes(part))
      ok(item, `${part} is among ${items.map(({ label }) => label).join(', ')}`)
      return item.value
    }
  }
  const addressOf = async (key: string) => (await ETHAccount.fromPrivateKey(key)).address

  before(async () => {
    const { test } = await useNetwork()
    test.session.useNetwork('mainnet')
    folder = await mkdtemp(join(tmpdir(), 'aleph-keys-'))
  })

  after(async () => {
    const { test } = await activated()
    for (const { address } of test.book.accounts) await test.book.remove(address)
    test.session.useNetwork('local')
    await vscode.env.clipboard.writeText('')
    await rm(folder, { recursive: true })
  })

  it('come from a keystore file, whose password can be tried again', async () => {
    const { test } = await activated()
    await writeFile(file('alice.json').fsPath, await sealKeystore(aliceKey, password))
    picked('Open a keystore file…')
    prompts.answers.openFile = async () => file('alice.json')
    typed(wrongPassword, password, 'alice')
    await run(commands.accountImport)
    const { account } = test.session.active
    deepEqual([account.name, account.kind, account.address], ['alice', 'key', await addressOf(aliceKey)])
    ok(shown.includes('The password is wrong, or the file is damaged. Try again.'))
  })

  it('come from the key file of a command line, which an open dialog finds', async () => {
    const { test } = await activated()
    await writeFile(file('default.key').fsPath, Buffer.from(bobKey.slice(2), 'hex'))
    picked('Open a key file of the aleph command line…')
    const folders: vscode.Uri[] = []
    prompts.answers.openFile = async (_title, _action, from) => {
      folders.push(from)
      return file('default.key')
    }
    typed('$(zap) b\u202eob')
    await run(commands.accountImport)
    equal(test.session.active.account.address, await addressOf(bobKey))
    equal(test.session.active.account.name, '$(zap) b ob')
    equal(folders[0]?.scheme, 'file')
  })

  it('that are here already are not asked about again', async () => {
    const { test } = await activated()
    picked('Paste')
    typed(aliceKey)
    await run(commands.accountImport)
    await prompts.untilToast('The key of alice is on this computer already.')
    equal(test.session.active.account.name, 'alice')
    equal(test.book.accounts.length, 2)
  })

  it('are refused from files that hold none, and from those of development', async () => {
    const { test } = await activated()
    const before = test.book.accounts
    await writeFile(file('words.txt').fsPath, 'hunter2 hunter2')
    await writeFile(file('large.json').fsPath, '{'.repeat(70_000))
    await writeFile(file('broken.json').fsPath, '{"version":3,"crypto":{"kdf":"hunter2"}}')
    for (const [name, reason] of [
      ['words.txt', 'This file holds no key'],
      ['large.json', 'the file is too large to be a key file'],
      ['not-there.json', 'the file can not be read'],
      ['broken.json', 'This keystore file is damaged'],
    ] as const) {
      picked('Open a keystore file…')
      prompts.answers.openFile = async () => file(name)
      typed(password)
      await run(commands.accountImport)
      await prompts.untilToast(`Could not import the key: ${reason}`)
    }
    picked('Paste')
    typed(`ac${'00'.repeat(31)}`)
    await run(commands.accountImport)
    await prompts.untilToast('it is that of a development account')
    deepEqual(test.book.accounts, before)
    ok(!prompts.toasts.join().includes('hunter2'))
  })

  it('turn an address that was watched into an account that publishes', async () => {
    const { test } = await activated()
    typed((await addressOf(carolKey)).toLowerCase(), 'carol')
    await run(commands.accountWatch)
    equal(test.session.active.account.kind, 'watch')
    const place = test.book.accounts.length
    picked('Paste')
    typed(carolKey, 'carol')
    await run(commands.accountImport)
    await prompts.untilToast('carol can publish now: it was only watched before.')
    equal(test.session.active.account.kind, 'key')
    equal(test.book.accounts.length, place)
  })

  it('are backed up to a file of their own user, which opens with the password', async () => {
    const { test } = await activated()
    const suggested: string[] = []
    prompts.answers.saveFile = async (_title, uri) => {
      suggested.push(basename(uri?.path ?? ''))
      return file('backup.json')
    }
    const problems: (string | undefined)[] = []
    prompts.answers.input = async ({ validate, password: isHidden }) => {
      equal(isHidden, true)
      problems.push(validate?.('short'), validate?.(password))
      return password
    }
    picked('alice', 'Save a keystore file…')
    await run(commands.accountBackUp)
    await prompts.untilToast('Backed up alice.')
    deepEqual(problems, ['A password has 8 characters at least.', undefined, 'The passwords differ.', undefined])
    const address = await addressOf(aliceKey)
    match(suggested[0] ?? '', /^UTC--\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z--[0-9a-f]{40}\.json$/)
    const { fsPath } = file('backup.json')
    equal(await openKeystore(await readFile(fsPath, 'utf8'), password), aliceKey)
    if (process.platform !== 'win32') equal((await stat(fsPath)).mode & 0o777, 0o600)
    deepEqual(
      (await readdir(folder)).filter(name => name.endsWith('.part')),
      [],
    )
    ok(test.book.find(address))
  })

  it('are not backed up with passwords that differ, or without a place', async () => {
    picked('Save a keystore file…', 'Save a keystore file…')
    const { test } = await activated()
    const address = await addressOf(aliceKey)
    typed(password, wrongPassword)
    await run(commands.accountBackUp, address)
    typed(password, password)
    prompts.answers.saveFile = async () => undefined
    await run(commands.accountBackUp, address)
    deepEqual(prompts.toasts, [])
    ok(test.book.find(address))
  })

  it('that can not be written say why', async () => {
    picked('Save a keystore file…')
    typed(password, password)
    prompts.answers.saveFile = async () => file('no-such-folder/backup.json')
    await run(commands.accountBackUp, await addressOf(aliceKey))
    match(await prompts.untilToast('Could not back up alice'), /the folder does not exist/)
  })

  it('are copied after a question that names the consequence, and taken off the clipboard', async () => {
    await vscode.env.clipboard.writeText('before')
    const address = await addressOf(aliceKey)
    picked('Copy the private key', 'Copy the private key')
    prompts.answers.confirm = async () => false
    await run(commands.accountBackUp, address)
    equal(await vscode.env.clipboard.readText(), 'before')

    let detail = ''
    prompts.answers.confirm = async question => {
      detail = question.detail
      return true
    }
    let copied = ''
    const cleared = new Promise<void>(resolve => {
      prompts.answers.notify = async (_severity, _message, actions) => {
        copied = await vscode.env.clipboard.readText()
        resolve()
        return actions[0]
      }
    })
    await run(commands.accountBackUp, address)
    await cleared
    equal(copied, aliceKey)
    ok(detail.includes(address) && detail.includes('After 60 seconds'))
    await prompts.untilToast('The private key of alice is on the clipboard for 60 seconds.')
    equal(await clipboard(text => text === ''), '')
  })

  it('have names that can be changed', async () => {
    const { test } = await activated()
    picked('alice')
    typed('Alice % #🦊')
    await run(commands.accountRename)
    equal(test.book.find(await addressOf(aliceKey))?.name, 'Alice % #🦊')
  })

  it('that the secret storage lost say so where they are needed, and can be brought back', async () => {
    const { test } = await useNetwork()
    const address = await addressOf(aliceKey)
    test.session.useAccount(address)
    await test.context.secrets.delete(secretKey(address))
    const before = await publishedCount()
    prompts.answers.choose = uploadAll
    picked('Paste')
    typed(bobKey)
    let offered: string[] = []
    prompts.answers.notify = async (_severity, message, actions) => {
      if (!message.includes('is not in the secret storage')) return undefined
      offered = actions
      return actions[0]
    }
    await run(commands.filesUpload, workspaceFile('notes.md'))
    await prompts.untilToast('Could not import the key: it is that of')
    deepEqual(offered, ['Import Its Key…', 'Show Log'])
    equal(await publishedCount(), before)

    picked('Paste')
    typed(aliceKey)
    await run(commands.accountImport, address)
    await prompts.untilToast('The key of Alice % #🦊 is in the secret storage of this computer again.')
    equal((await test.session.signer(test.session.active)).address, address)
    test.session.useNetwork('mainnet')
  })

  it('for which there is no place stay for the session, if that is wanted', async () => {
    const { test } = await activated()
    const storage = test.context.secrets as { store: unknown }
    const { store } = storage
    storage.store = () => Promise.reject(new Error('no keyring'))
    try {
      const details: string[] = []
      prompts.answers.confirm = async ({ detail, action }) => {
        details.push(`${action} ${detail}`)
        return details.length > 1
      }
      picked('Paste', 'Paste')
      typed(daveKey, 'dave', daveKey, 'dave')
      await run(commands.accountImport)
      equal(test.book.find(await addressOf(daveKey)), undefined)
      await run(commands.accountImport)
      match(details[0] ?? '', /^Keep for This Session Only .*keyring/s)
    } finally {
      storage.store = store
    }
    await prompts.untilToast('The key of dave is gone when this window closes or reloads.')
    const { account } = test.session.active
    deepEqual([account.name, account.isSessionOnly], ['dave', true])
    equal((await test.session.signer(test.session.active)).address, account.address)
    let row = ''
    prompts.answers.pick = async items => {
      const item = items.find(({ label }) => label.includes('dave'))
      row = item?.description ?? ''
      return undefined
    }
    await run(commands.accountSwitch)
    match(row, /this session only · active in this window$/)

    // The keyring is there again: from now on the key is kept.
    const accounts = () => readFile(vscode.Uri.joinPath(test.context.globalStorageUri, 'accounts.json').fsPath, 'utf8')
    ok(!(await accounts()).includes(account.address))
    picked('Paste')
    typed(daveKey)
    await run(commands.accountImport)
    await prompts.untilToast('The key of dave is in the secret storage of this computer again.')
    ok((await accounts()).includes(account.address))
    ok(await test.context.secrets.get(secretKey(account.address)))
  })

  it('whose account another window removes leave this one with another, and a word', async () => {
    const { test } = await activated()
    const address = await addressOf(bobKey)
    test.session.useAccount(address)
    const uri = vscode.Uri.joinPath(test.context.globalStorageUri, 'accounts.json')
    const list = JSON.parse(await readFile(uri.fsPath, 'utf8')) as { accounts: { address: string }[] }
    list.accounts = list.accounts.filter(each => each.address !== address)
    await writeFile(uri.fsPath, JSON.stringify(list))
    const toast = await prompts.untilToast('was removed in another window')
    equal(toast, 'The account $(zap) b ob was removed in another window. This window uses Alice % #🦊 now.')
    equal(prompts.toasts.length, 1)
    await test.book.remove(address)
  })

  it('appear in no toast, prompt, setting, state or file of this extension', async () => {
    const { test } = await activated()
    const { globalStorageUri, storageUri, logUri, globalState, workspaceState } = test.context
    const texts = [...shown, JSON.stringify(vscode.workspace.getConfiguration('aleph'))]
    for (const state of [globalState, workspaceState])
      texts.push(JSON.stringify(state.keys().map(key => state.get(key))))
    for (const uri of [globalStorageUri, storageUri, logUri]) if (uri) texts.push(...(await filesIn(uri.fsPath)))
    ok(texts.some(text => text.includes('"accounts"')) && texts.some(text => text.includes('Backed up alice.')))
    for (const text of texts)
      for (const secret of secrets) ok(!text.toLowerCase().includes(secret), 'a secret is nowhere')
  })
})

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return Promise.all(
    entries.filter(entry => entry.isFile()).map(entry => readFile(join(entry.parentPath, entry.name), 'utf8')),
  )
}

describe('a key that acts for an owner', () => {
  const prompts = usePrompts()
  const owner = developmentAddresses[3] ?? ''
  const run = (id: string) => vscode.commands.executeCommand(id)

  before(() => useNetwork())

  after(async () => {
    const { test } = await activated()
    for (const { address } of test.book.accounts) await test.book.remove(address)
    await closeEditors()
  })

  /** As the owner does it elsewhere. */
  async function sign(content: Record<string, unknown>) {
    const { envelope } = await signMessage(await developmentSigner(owner), {
      type: 'AGGREGATE',
      content: { address: owner, time: Date.now() / 1000, key: 'security', content } as BaseContent,
    })
    const body = JSON.stringify({ sync: true, message: envelope })
    const answer = await nodeFetch(`${nodeUrl}/api/v0/messages`, { method: 'POST', body })
    equal(answer.status, 200)
  }

  it('hands over the entry to sign, tells what is missing, and publishes once it is signed', async () => {
    const { test } = await useNetwork()
    await sign({ authorizations: [{ address: developmentAddresses[4], types: ['POST'] }] })
    const texts = [owner.toLowerCase(), 'laptop']
    prompts.answers.input = async () => texts.shift()
    await run(commands.accountCreateDelegate)
    match(
      await prompts.untilToast('Created the account laptop.'),
      /It keeps the one permission that was given before\./,
    )
    const { account } = test.session.active
    deepEqual([account.name, account.kind, account.owner], ['laptop', 'key', owner])
    const entry = JSON.parse(await vscode.env.clipboard.readText()) as { authorizations: { address: string }[] }
    deepEqual(
      entry.authorizations.map(({ address }) => address),
      [developmentAddresses[4], account.address],
    )

    prompts.toasts.length = 0
    await run(commands.accountCheckPermission)
    await prompts.untilToast('has not allowed the key')
    const client = new AlephHttpClient({ endpoints: nodeUrl, account: await test.session.signer(test.session.active) })
    await client.storage.store('too early', { owner }).then(
      () => ok(false),
      (error: { details: { error_code: number } }) => equal(error.details.error_code, 2),
    )

    await sign(entry)
    prompts.toasts.length = 0
    await run(commands.accountCheckPermission)
    await prompts.untilToast('allows laptop to publish and forget for them.')
    const { item_hash } = await client.storage.store('in time', { owner })
    equal((await client.messages.get(item_hash)).authority, 'delegated')
  })

  it('shows the entry as a document on demand, which holds no key', async () => {
    const { test } = await useNetwork()
    await sign({ authorizations: [] })
    prompts.answers.notify = async (_severity, _message, actions) =>
      actions.find(action => ['Copy Entry to Sign', 'Show Entry'].includes(action))
    const opened = new Promise<vscode.TextDocument>(resolve => {
      const subscription = vscode.window.onDidChangeActiveTextEditor(editor => {
        if (!editor) return
        subscription.dispose()
        resolve(editor.document)
      })
    })
    await run(commands.accountCheckPermission)
    const document = await opened
    const { account } = test.session.active
    deepEqual([document.languageId, document.isUntitled], ['json', true])
    ok(document.getText().includes(account.address))
    const key = await test.book.privateKey(account as never)
    ok(!document.getText().includes(key.slice(2)))
    await run('workbench.action.revertAndCloseActiveEditor')
  })

  it('says that the entry stands alone while the node is not there', async () => {
    const { test } = await useNetwork('dead')
    const texts = [owner, 'desktop']
    prompts.answers.input = async () => texts.shift()
    await run(commands.accountCreateDelegate)
    await prompts.untilToast('What is there now could not be read')
    const { authorizations } = JSON.parse(await vscode.env.clipboard.readText()) as { authorizations: unknown[] }
    equal(authorizations.length, 1)
    await run(commands.accountCheckPermission)
    await prompts.untilToast('Could not check the permission: ')
    equal(test.session.active.account.owner, owner)
    test.session.useNetwork('local')
  }).timeout(90_000)

  it('takes no owner that is no address', async () => {
    const wrongChecksum = '0x34F382eeb74De6A1906f7Cb4759B4860B33c5dF3'
    const { test } = await useNetwork()
    const before = test.book.accounts.length
    prompts.answers.input = async ({ validate }) => {
      ok(validate?.('alice.eth') && validate('0x12') && validate(wrongChecksum) && !validate(owner))
      return wrongChecksum
    }
    await run(commands.accountCreateDelegate)
    match(await prompts.untilToast('Could not create a key: '), /checksum/)
    equal(test.book.accounts.length, before)
  })
})

describe('consent', () => {
  const prompts = usePrompts()
  const setting = () => vscode.workspace.getConfiguration('aleph')

  after(async () => setting().update('publish.confirm', undefined, vscode.ConfigurationTarget.Global))

  it('is asked once on a public network, every time if wanted, and never on a local node', async () => {
    const { test } = await useNetwork()
    const { address } = await ETHAccount.fromPrivateKey(carolKey)
    const account = { address, name: 'carol', kind: 'key' } as const
    let count = 0
    prompts.answers.confirm = async () => ++count > 0
    for (const _ of [1, 2]) ok(await test.consent.ask({ network: mainnet, account }, 'notes.md'))
    equal(count, 1)
    await setting().update('publish.confirm', 'always', vscode.ConfigurationTarget.Global)
    for (const _ of [1, 2]) ok(await test.consent.ask({ network: mainnet, account }, 'notes.md'))
    equal(count, 3)
    ok(await test.consent.ask({ network: test.session.network, account }, 'notes.md'))
    equal(count, 3)
  })
})
