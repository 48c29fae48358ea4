import { strict as assert } from 'node:assert'
import { developmentAccounts } from '../../../src/localNode/index.js'
import { localNodeExit } from '../../../src/shared/localNodeState.js'
import { buildCli, runCli, spawnNode } from '../../helpers/cli.js'
import { account, get, post, publish, signed, upload } from '../../helpers/signed.js'

interface Balance {
  balance: number
  credit_balance: number
}

describe('the command line of the local node', function () {
  this.timeout(30_000)
  before(() => buildCli())
  const balance = async (url: string, address: string) =>
    (await get(url, `/api/v0/addresses/${address}/balance`)).body as Balance

  it('prints where it is and ten funded accounts, says what it is for, and ends on SIGTERM', async () => {
    const node = await spawnNode()
    try {
      const { address } = account(9)
      assert.match(node.output(), /^http:\/\/127\.0\.0\.1:\d+\n/)
      assert.match(node.output(), /for development/)
      assert.match(node.output(), /Nothing is kept/)
      for (const account of developmentAccounts())
        assert.ok(node.output().includes(`${account.address}  ${account.privateKey}`))
      assert.deepEqual(await balance(node.url, address), {
        ...(await balance(node.url, address)),
        balance: 100_000,
        credit_balance: 1e9,
      })
      assert.equal((await publish(node.url, post('hi'))).status, 200)
    } finally {
      assert.equal(await node.end(), 0)
    }
  })

  it('--balance and --credit: an address beats everybody, in any order', async () => {
    const rich = '0xB419099ededAA239298223162A52401a36ac4895'
    const node = await spawnNode([
      '--balance',
      `${rich}=7.5`,
      '--balance',
      '2',
      '--credit',
      '3',
      '--credit',
      `${rich}=4`,
    ])
    try {
      const other = '0x000000000000000000000000000000000000dEaD'
      assert.deepEqual(
        [await balance(node.url, rich)].map(b => [b.balance, b.credit_balance]),
        [[7.5, 4]],
      )
      assert.deepEqual(
        [await balance(node.url, other)].map(b => [b.balance, b.credit_balance]),
        [[2, 3]],
      )
    } finally {
      await node.end('SIGINT')
    }
  })

  it('--now, --fault, --max-retries and --sync-timeout reach the node', async () => {
    const node = await spawnNode([
      ...['--now', '2027-02-01T00:00:00Z', '--max-retries', '0', '--sync-timeout', '0.1'],
      ...['--fault', '418 path=/version', '--fault', '500 path=/api/v0/version'],
    ])
    try {
      assert.equal((await get(node.url, '/version')).status, 418)
      assert.equal((await get(node.url, '/api/v0/version')).status, 500)
      const message = post('hi')
      await publish(node.url, message)
      const { body } = await get(node.url, `/api/v0/messages/${message.item_hash}/status`)
      assert.match((body as { reception_time: string }).reception_time, /^2027-02-01T00:00:/)
      const store = signed('STORE', { item_type: 'storage', item_hash: 'ab'.repeat(32) })
      assert.equal((await publish(node.url, store)).status, 202) // nobody announces a missing file
      const found = (await get(node.url, `/api/v0/messages/${store.item_hash}`)).body as { error_code: number }
      assert.equal(found.error_code, 4)
      assert.equal((await upload(node.url, 'x')).length, 64)
    } finally {
      await node.end()
    }
  })

  it('a port in use is one sentence', async () => {
    const node = await spawnNode()
    try {
      const port = new URL(node.url).port
      const { code, output } = await runCli(['--port', port])
      assert.deepEqual(
        { code, output },
        {
          code: localNodeExit.portInUse,
          output: 'The port is in use; choose another one with --port, or --port 0.\n',
        },
      )
    } finally {
      await node.end()
    }
  })

  for (const [args, sentence] of [
    [['--prot', '1'], /^Unknown option '--prot'\.\n\nUsage: /],
    [['--port', 'x'], /^--port takes a whole number up to 65535, not "x"\.\n\nUsage: /],
    [['--balance', 'a=b'], /^--balance takes a number, not "b"\.\n\nUsage: /],
    [['--now', 'soon'], /^--now takes a date such as 2026-11-23, not "soon"\.\n\nUsage: /],
    [['--fault', 'x'], /^The fault "x" has an unknown kind "x"\.\n\nUsage: /],
    [['--idle-timeout', 'never'], /^--idle-timeout takes a number up to 2592000, not "never"\.\n\nUsage: /],
    [['--stop'], /^--stop needs --data-dir\.\n\nUsage: /],
    [['stray'], /^Unexpected argument 'stray'.*\n\nUsage: /],
  ] as const)
    it(`${args.join(' ')} ends with one sentence, the usage and 2`, async () => {
      const { code, output } = await runCli([...args])
      assert.equal(code, 2)
      assert.match(output, sentence)
    })

  it('--help explains every flag', async () => {
    const { code, output } = await runCli(['--help'])
    assert.equal(code, 0)
    const node = ['port', 'host', 'data-dir', 'balance', 'credit', 'now', 'sync-timeout', 'max-retries', 'fault']
    const starters = ['next-port', 'idle-timeout', 'no-account-list', 'state-file', 'program-version', 'stop']
    for (const flag of [...node, ...starters]) assert.ok(output.includes(`--${flag}`), flag)
  })
})
