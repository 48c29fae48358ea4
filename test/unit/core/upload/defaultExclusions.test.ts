import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import manifest from '../../../../package.json' with { type: 'json' }
import { pathFilter } from '../../../../src/core/glob.js'
import { DefaultExclusions, defaultExclusions } from '../../../../src/core/upload/defaultExclusions.js'
import { untranslated as t } from '../../../../src/shared/translate.js'

const all = new DefaultExclusions()
const patternsOf = (path: string) => all.of(path).map(({ pattern }) => pattern)

describe('what uploads leave out by default', () => {
  it('are the names under which secrets commonly lie, whatever their case', () => {
    for (const path of `.env .ENV .env.local .env.production prod.env .envrc id_rsa ID_ED25519 id_rsa.bak server.pem Server.KEY
      a.p12 a.PFX a.jks release.keystore a.ppk .npmrc .yarnrc.yml .pypirc .netrc _netrc .git-credentials .docker/config.json
      .aws .azure .config/gcloud .kube .ssh .gnupg .vscode/sftp.json .ftpconfig terraform.tfstate terraform.tfstate.backup
      prod.tfvars prod.auto.tfvars.json .vault-token wallet.dat keystore/UTC--2020-01-01T00-00-00Z--abc keystore
      passwords.kdbx .htpasswd secrets.yml Secrets.json credentials.json credentials .gem/credentials .cargo/credentials.toml
      auth.json .aleph-im .config/solana dev-keypair.json my-service-account.json x-firebase-adminsdk-1.json client_secret_1.json
      .git .svn .hg node_modules .DS_Store thumbs.db .bash_history wp-config.php kubeconfig AuthKey_1.p8`.split(/\s+/))
      for (const place of [path, `a/b/${path}`]) ok(patternsOf(place).length, place)
  })

  it('are copies of them, as editors and people make them', () => {
    for (const path of [
      '.env~',
      '.env copy',
      '.env (copy)',
      '#.env#',
      '.#.env',
      '.env.swp',
      '..env.swp',
      '.env-backup',
      '.env_old',
      '.env-prod',
      '.env ',
      '.env (1)',
      '.env - Copy (2)',
      'Copy of .env',
      'server.key~',
      'server.key.bak',
      'server.key.old',
      'server.key.orig',
      'server.key.save',
      '.server.key.swp',
      'server.key.bak~',
      'wallet (1).dat',
      'wallet copy 2.dat',
      '.npmrc~',
      'cert.pfx.BAK',
      'id_rsa (copy)',
      '.pgpass.~1~',
      '.ssh.old',
      '.docker/config.json.bak',
    ])
      for (const place of [path, `a/b/${path}`]) ok(patternsOf(place).length, place)
    for (const path of ['notes.txt~', 'page (1).html', 'photo copy.jpg', '#a#', '~', '.bak', 'id_rsa.pub'])
      deepEqual(patternsOf(`site/${path}`), [], path)
    // No name takes long.
    for (const name of ['~'.repeat(250), '#.'.repeat(120), ' (1)'.repeat(60), ' '.repeat(250), ' copy'.repeat(50)]) {
      const started = process.cpuUsage().user
      all.of(name)
      ok(process.cpuUsage().user - started < 100_000, name)
    }
  })

  it('are more names of secrets', () => {
    for (const path of `.secrets.yml .secrets.yaml secret.yml secret.yaml secret.json secrets.toml .secrets .secret deploy_key
      ssh_host_ed25519_key my-credentials.json google_credentials.json krb5.keytab pip.conf .Renviron .flaskenv wg0.conf
      mnemonic.txt kubeconfig.yaml key4.db logins.json .foundry/keystores .env.example.local default.env .env.pub`.split(
      /\s+/,
    ))
      for (const place of [path, `a/b/${path}`]) ok(patternsOf(place).length, place)
    for (const path of `secrets keystores deploy_key.pub ssh_host_ed25519_key.pub`.split(' '))
      deepEqual(patternsOf(`site/${path}`), [], path)
  })

  it('are no examples, public keys, or names that only look alike', () => {
    for (const path of `.env.example .env.local.sample .env.template .env.dist .env.defaults example.env terraform.tfvars.example
      secrets.example.yml credentials.sample.json .npmrc.example id_rsa.pub id_ed25519.PUB environment.ts env keys.ts
      keyboard.json config.json docker/config.json gcloud aws.ts git .gitignore .github secretary.txt
      cargo/credentialsx index.html logo.png README.md`.split(/\s+/))
      deepEqual(patternsOf(`site/${path}`), [], path)
  })

  it('look into files whose name can mean either', () => {
    const text = (body: string) => new TextEncoder().encode(body)
    const certificate = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n'
    const privateKey = '-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\n'
    const isLeftOut = (path: string, head: Uint8Array) => all.of(path).some(rule => !rule.isHarmless?.(head))
    equal(isLeftOut('ca.pem', text(certificate)), false)
    equal(isLeftOut('ca.pem', text(certificate + certificate)), false)
    equal(isLeftOut('ca.pem', text('-----BEGIN PUBLIC KEY-----\nMII\n-----END PUBLIC KEY-----')), false)
    for (const body of [
      privateKey,
      certificate + privateKey,
      'MII',
      '',
      '-----BEGIN SOMETHING-----',
      certificate.padEnd(1_000_000),
    ])
      equal(isLeftOut('ca.pem', text(body)), true)
    equal(isLeftOut('ca.crt', text(certificate)), false)
    const der = (...content: number[]) => [0x30, content.length, ...content]
    const isDerLeftOut = (bytes: number[]) => isLeftOut('ca.crt', new Uint8Array(bytes))
    equal(isDerLeftOut(der(...der(0xa0, 3, 2, 1, 2), 5, 0)), false)
    equal(isDerLeftOut(der(...der(2, 1, 7), 5, 0)), false)
    equal(isDerLeftOut([0x30, 0x82, 0, 7, ...der(2, 1, 7), 5, 0]), false)
    for (const bytes of [
      der(2, 1, 0, ...der(6, 0)), // PKCS #8, also the beginning of PKCS #1 and SEC 1
      der(2, 1, 3, ...der(6, 0)), // PKCS #12
      [0x30, 0x80, 2, 1, 3],
      der(...der(6, 1, 1), 4, 0), // PKCS #8, encrypted
      [...der(...der(2, 1, 7)), ...der(2, 1, 0)],
      [0x30, 0x82, 1, 2],
      [0x30],
    ])
      equal(isDerLeftOut(bytes), true, bytes.join(' '))
    equal(isLeftOut('api.key', text('PK_live_51Habcdef')), true)
    equal(isLeftOut('ca.CER', text(certificate + privateKey)), true)
    equal(isLeftOut('talk.key', new Uint8Array([0x50, 0x4b, 3, 4])), false)
    equal(isLeftOut('server.key', text(privateKey)), true)
    equal(isLeftOut('server.key', new Uint8Array(0)), true)
  })

  it('are secrets also where only a folder above is one', () => {
    equal(all.secretIn('/home/zoe/.ssh/config')?.pattern, '.ssh')
    equal(all.secretIn('/home/zoe/work/config'), undefined)
    equal(all.secretIn('/home/zoe/node_modules/a'), undefined)
  })

  it('can be disabled one by one', () => {
    const some = new DefaultExclusions(['.env.*', 'node_modules'])
    deepEqual(some.of('a/.env.local'), [])
    deepEqual(some.of('node_modules'), [])
    ok(some.of('.env').length)
    deepEqual(new DefaultExclusions(defaultExclusions.map(({ pattern }) => pattern)).of('.env'), [])
  })

  it('are those that the manifest offers to disable, each once, with a reason', () => {
    const { items } = manifest.contributes.configuration.properties['aleph.upload.disabledExclusions']
    const patterns = defaultExclusions.map(({ pattern }) => pattern)
    deepEqual(items.enum, patterns)
    equal(new Set(patterns).size, patterns.length)
    for (const rule of defaultExclusions) ok(rule.holds(t))
    // Only names are looked up by their last one.
    for (const pattern of patterns) ok(!pattern.includes('*') || !pattern.includes('/'), pattern)
    const readme = readFileSync('README.md', 'utf8')
    for (const name of ['`.env`', '`aleph.upload.disabledExclusions`']) ok(readme.includes(name))
  })

  it('leave out at least what the patterns say', () => {
    for (const { pattern } of defaultExclusions) {
      const path = `a/${pattern.replaceAll('*', 'x')}`
      ok(pathFilter(`**/${pattern}`)?.(path), path)
      ok(patternsOf(path).includes(pattern), path)
    }
  })

  it('cost less than a second for 100 000 files', () => {
    const paths = Array.from(
      { length: 100_000 },
      (_, index) => `/home/zoe/work/src/components/part${index % 100}/file-${index}.ts`,
    )
    const started = process.cpuUsage().user
    equal(
      paths.reduce((count, path) => count + all.of(path).length, 0),
      0,
    )
    const spentMs = (process.cpuUsage().user - started) / 1000
    ok(spentMs < 1000, `${spentMs} ms`)
  })
})
