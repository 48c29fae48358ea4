import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient } from '../../../src/client/client.js'
import type { PostContent } from '../../../src/client/message/types.js'
import { developmentAccount, developmentKey } from '../../helpers/accounts.js'
import { useLocalNode } from '../../helpers/localNode.js'

/** Made by test/vscode/python.mjs, where there is a Python to make it with. */
const home = join(process.cwd(), '.vscode-test/python')
const python = join(home, 'bin/python')
const isInstalled = existsSync(join(home, 'installed.txt')) && existsSync(python)

describe(`the official Python SDK${isInstalled ? '' : ' (skipped: it is not in .vscode-test/python)'}`, () => {
  // It dates what it signs by the clock of the system.
  const node = useLocalNode({ now: Date.now })
  let account: ETHAccount
  let aleph: AlephHttpClient
  before(async function () {
    if (!isInstalled) return this.skip()
    account = await developmentAccount(0)
    aleph = new AlephHttpClient({ endpoints: node().url, account })
  })

  /** What the SDK makes of these steps, as account 0. */
  function sdk(...steps: Record<string, unknown>[]): Promise<unknown[]> {
    const child = spawn(python, [join(process.cwd(), 'test/interop/python.py')], { stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.end(JSON.stringify({ key: developmentKey(0).slice(2), node: node().url, steps }))
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', text => (output += text))
    child.stderr.setEncoding('utf8').on('data', text => (errors += text))
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', code => {
        if (code === 0) resolve(JSON.parse(output) as unknown[])
        else reject(new Error(errors.split('\n').slice(-8).join('\n')))
      })
    })
  }

  const value = { text: 'Zoë 😀 100%', list: [1, 2.5, null], deep: { a: '\\u0000' } }

  it('opens what we encrypt, and we open what it encrypts, through a node', async () => {
    const { item_hash } = await aleph.storage.store(value, { encryptFor: account.publicKey })
    const { content } = await aleph.messages.get(item_hash)
    const { data, encryption } = (content as PostContent).content as Record<string, unknown>
    const sealing = { do: 'encrypt', text: JSON.stringify(value) }
    const [plaintext, read, theirs] = await sdk({ do: 'decrypt', data }, { do: 'read', item_hash }, sealing)
    assert.deepEqual(JSON.parse(plaintext as string), value)
    assert.deepEqual((read as { content: unknown }).content, { data, encryption, tags: ['encrypted'] })

    const post = { do: 'post', type: 'aleph-storage', channel: 'TEST', content: { data: theirs, encryption } }
    const [posted] = (await sdk(post)) as [{ item_hash: string; status: string }]
    assert.equal(posted.status, 'processed')
    assert.deepEqual((await aleph.storage.get(posted.item_hash, { decrypt: true })).content, value)
    assert.equal(Buffer.from(await account.decrypt(Buffer.from(theirs as string, 'base64'))).toString(), sealing.text)
  }).timeout(120_000)

  it('reads what we publish, and we read and verify what it publishes', async () => {
    const { item_hash } = await aleph.storage.store(value, { tags: ['ours'], metadata: { title: 'Zoë' } })
    // Nodes refuse the text \\u0000 as the SDK spells it (protocol §1.2).
    const content = { data: { ...value, deep: {} }, tags: ['theirs'] }
    const [read, posted] = (await sdk(
      { do: 'read', item_hash },
      { do: 'post', type: 'aleph-storage', channel: 'TEST', content },
    )) as [unknown, { item_hash: string; status: string }]
    assert.deepEqual(read, {
      sender: account.address,
      content: { data: value, tags: ['ours'], metadata: { title: 'Zoë' } },
    })
    assert.equal(posted.status, 'processed')
    const got = await aleph.storage.get(posted.item_hash)
    assert.deepEqual(
      [got.content, got.tags, got.sender, got.authority],
      [content.data, ['theirs'], account.address, 'owner'],
    )
    const message = await aleph.messages.get(posted.item_hash)
    assert.deepEqual((message.content as PostContent).content, content)
  }).timeout(120_000)
})
