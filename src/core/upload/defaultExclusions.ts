// What uploads leave out unless the user's own settings say otherwise: what commonly holds secrets, and what nobody means
// to publish. A pattern is matched by the last names of a path, whatever their case; `*` stands for anything but a slash.
import type { Translate } from '../../shared/translate.js'

interface Group {
  readonly patterns: readonly string[]
  /** What such a file or folder holds, as the second half of a sentence. */
  holds(t: Translate): string
  /** False for what is only in the way. */
  readonly isSecret: boolean
  /** False where a name such as `example.pem` says nothing about what the file holds. */
  readonly hasExamples?: boolean
  /** Whether the first bytes of a file show that it is harmless. */
  isHarmless?(head: Uint8Array): boolean
}

export interface DefaultExclusion extends Omit<Group, 'patterns'> {
  readonly pattern: string
}

/** So much of a file is looked at, to see whether it holds a private key. */
export const headBytes = 1_000_000

const startsWithZip = (head: Uint8Array) => head[0] === 0x50 && head[1] === 0x4b

/** Whole, with certificates and public keys in it, and nothing else. */
function isPublicPem(head: Uint8Array): boolean {
  if (head.length >= headBytes) return false
  const text = new TextDecoder('latin1').decode(head)
  const blocks = [...text.matchAll(/-----BEGIN ([^\r\n]*?)-----/g)].map(([, name = '']) => name)
  const isPublic =
    /^(?:(?:TRUSTED |X509 )?CERTIFICATE(?: REQUEST)?|(?:\w+ )?PUBLIC KEY|PGP PUBLIC KEY BLOCK|PGP SIGNATURE|PKCS7|X509 CRL|DH PARAMETERS|EC PARAMETERS)$/
  return blocks.length > 0 && blocks.every(name => isPublic.test(name)) && !/PRIVATE KEY/i.test(text)
}

/** DER has no marks, but a certificate in it has no private key. */
const isCertificate = (head: Uint8Array) =>
  isPublicPem(head) ||
  (head[0] === 0x30 && head.length < headBytes && !/PRIVATE KEY/i.test(new TextDecoder('latin1').decode(head)))

const groups: readonly Group[] = [
  {
    patterns: ['.env', '.env.*', '*.env', '.envrc', '.dev.vars', '.dev.vars.*', 'local.settings.json'],
    holds: t => t('environment variables'),
    isSecret: true,
    hasExamples: true,
  },
  {
    patterns: ['id_rsa*', 'id_dsa*', 'id_ecdsa*', 'id_ed25519*', '.ssh', '*.ppk', '*_rsa', '*_ed25519'],
    holds: t => t('SSH keys'),
    isSecret: true,
  },
  {
    patterns: ['*.pem', '*.asc'],
    holds: t => t("a private key, or something that isn't just certificates"),
    isSecret: true,
    isHarmless: isPublicPem,
  },
  { patterns: ['*.crt', '*.cer'], holds: t => t('a private key'), isSecret: true, isHarmless: isCertificate },
  // Keynote's presentations have the same extension.
  { patterns: ['*.key'], holds: t => t('a private key'), isSecret: true, isHarmless: startsWithZip },
  {
    patterns: [
      '*.p12',
      '*.pfx',
      '*.p8',
      '*.pk8',
      '*.jks',
      '*.bks',
      '*.keystore',
      '*.keychain',
      '*.keychain-db',
      '*.agekey',
    ],
    holds: t => t('private keys'),
    isSecret: true,
  },
  {
    patterns: ['.gnupg', 'secring.*', '.password-store', '*.kdbx', '*.kdb', '*.psafe3', '*.1pux', '*.opvault'],
    holds: t => t('keys and passwords of a password manager'),
    isSecret: true,
  },
  {
    patterns: [
      '.npmrc',
      '.yarnrc',
      '.yarnrc.yml',
      '.pypirc',
      '.netrc',
      '_netrc',
      '.git-credentials',
      '.gem/credentials',
      '.cargo/credentials',
      '.cargo/credentials.toml',
      '.bundle/config',
      '.m2/settings.xml',
      '.m2/settings-security.xml',
      '.gradle/gradle.properties',
      '.pub-cache/credentials.json',
      'auth.json',
      'nuget.config',
    ],
    holds: t => t('credentials of a package manager'),
    isSecret: true,
    hasExamples: true,
  },
  {
    patterns: [
      '.docker/config.json',
      '.dockercfg',
      '.dockerconfigjson',
      '.aws',
      '.azure',
      '.oci',
      '.boto',
      '.s3cfg',
      '.config/gcloud',
      '.config/gh',
      '.config/doctl',
      '.config/rclone',
      'rclone.conf',
      '.kube',
      'kubeconfig',
      '*.kubeconfig',
      '*service-account*.json',
      '*service_account*.json',
      '*serviceaccount*.json',
      '*firebase-adminsdk*.json',
      'application_default_credentials.json',
      'client_secret*.json',
      '*.publishsettings',
    ],
    holds: t => t('credentials of a cloud'),
    isSecret: true,
  },
  {
    patterns: [
      'credentials',
      '.credentials',
      'credentials.*',
      '*.credentials.json',
      '.credentials.*',
      'secrets.*',
      '.secrets',
      'token.json',
    ],
    holds: t => t('credentials'),
    isSecret: true,
    hasExamples: true,
  },
  {
    patterns: [
      'sftp.json',
      'sftp-config.json',
      'sftp-config-alt*.json',
      'ftp-sync.json',
      '.ftpconfig',
      '.ftppass',
      '.ftp-deploy*',
      '.remote-sync.json',
      'filezilla.xml',
      'sitemanager.xml',
      'recentservers.xml',
      'winscp.ini',
    ],
    holds: t => t('the login of a server'),
    isSecret: true,
  },
  {
    patterns: [
      'terraform.tfstate*',
      '*.tfstate',
      '*.tfstate.*',
      '*.tfvars',
      '*.tfvars.json',
      '.terraformrc',
      'terraform.rc',
      '.terraform.d',
    ],
    holds: t => t("Terraform's state and variables"),
    isSecret: true,
    hasExamples: true,
  },
  {
    patterns: [
      '.vault-token',
      '.vault_pass*',
      '.vault-pass*',
      'vault_pass*',
      '.htpasswd',
      '.htdigest',
      '.pgpass',
      'pgpass.conf',
      '.my.cnf',
      '.mylogin.cnf',
      'wp-config.php',
      '*.ovpn',
      '.*_history',
    ],
    holds: t => t('passwords or tokens'),
    isSecret: true,
  },
  {
    patterns: [
      'wallet.dat',
      '*.wallet',
      'UTC--*',
      'keystore',
      '*keypair.json',
      '.config/solana',
      '.solana',
      '.ethereum',
      '.bitcoin',
      '.electrum',
      '.brownie',
      '.aleph-im',
      '*.mnemonic',
    ],
    holds: t => t('keys of a wallet'),
    isSecret: true,
  },
  {
    patterns: ['.git', '.svn', '.hg'],
    holds: t => t('a repository, with all of its history'),
    isSecret: true,
  },
  { patterns: ['node_modules'], holds: t => t('installed packages'), isSecret: false },
  { patterns: ['.DS_Store', 'Thumbs.db'], holds: t => t('what the system keeps about a folder'), isSecret: false },
]

export const defaultExclusions: readonly DefaultExclusion[] = groups.flatMap(({ patterns, ...group }) =>
  patterns.map(pattern => ({ ...group, pattern })),
)

/** `.env.example`, `terraform.tfvars.sample`: what others fill in. */
const example = /(?:^|[._-])(?:example|sample|template|tmpl|dist|defaults?|schema)(?:[._-]|$)/i
/** The public half of a key. */
const publicHalf = /\.pub$/i

const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

const sourceOf = (pattern: string): string =>
  pattern.replace(/[.*+?^${}()|[\]\\]/g, character => (character === '*' ? '[^/]*' : `\\${character}`))

const either = (sources: readonly string[]): string => `(?:${sources.join('|') || '[]'})`

interface Rule {
  readonly rule: DefaultExclusion
  readonly expression: RegExp
}

export class DefaultExclusions {
  /** By the last name of their patterns, those without a star. */
  readonly #named = new Map<string, readonly Rule[]>()
  readonly #starred: readonly Rule[]
  /** One for all names with a star, because nearly no name matches any of them. */
  readonly #anyStarred: RegExp

  /** Without the patterns that the user disabled. */
  constructor(disabled: readonly string[] = []) {
    const isDisabled = new Set(disabled)
    const rules = defaultExclusions
      .filter(({ pattern }) => !isDisabled.has(pattern))
      .map(rule => ({ rule, expression: new RegExp(`(?:^|/)${sourceOf(rule.pattern)}$`, 'i') }))
    this.#starred = rules.filter(({ rule }) => rule.pattern.includes('*'))
    for (const each of rules.filter(({ rule }) => !rule.pattern.includes('*'))) {
      const name = lastName(each.rule.pattern).toLowerCase()
      this.#named.set(name, [...(this.#named.get(name) ?? []), each])
    }
    const [ends, others] = [true, false].map(isEnd =>
      this.#starred.map(({ rule }) => rule.pattern).filter(pattern => pattern.startsWith('*') === isEnd),
    )
    const endSources = ends?.map(pattern => sourceOf(pattern.slice(1))) ?? []
    this.#anyStarred = new RegExp(`^(?:.*${either(endSources)}|${either(others?.map(sourceOf) ?? [])})$`, 'is')
  }

  /** The rules that a file or folder falls under by its name; a path is as long as it is known. */
  of(path: string): readonly DefaultExclusion[] {
    const name = lastName(path).normalize('NFC')
    const candidates = [
      ...(this.#named.get(name.toLowerCase()) ?? []),
      ...(this.#anyStarred.test(name) ? this.#starred : []),
    ]
    if (!candidates.length || publicHalf.test(name)) return []
    const normal = path.normalize('NFC')
    const isExample = example.test(name)
    return candidates
      .filter(({ rule, expression }) => !(isExample && rule.hasExamples) && expression.test(normal))
      .map(({ rule }) => rule)
  }

  /** The first secret among a path and the folders that it stands in. */
  secretIn(path: string): DefaultExclusion | undefined {
    const names = path.split('/')
    for (let length = names.length; length > 0; length--) {
      // A folder can't be a file that has to be looked into.
      const isWhole = length === names.length
      const found = this.of(names.slice(0, length).join('/')).find(
        ({ isSecret, isHarmless }) => isSecret && (isWhole || !isHarmless),
      )
      if (found) return found
    }
    return undefined
  }
}
