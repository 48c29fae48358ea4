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
  /** Whether a file of that name with `.pub` at its end is there to be published. */
  readonly hasPublicHalf?: boolean
  /** Whether the first bytes of a file show that it is harmless. */
  isHarmless?(head: Uint8Array): boolean
}

export interface DefaultExclusion extends Omit<Group, 'patterns'> {
  readonly pattern: string
}

/** So much of a file is looked at, to see whether it holds a private key. */
export const headBytes = 1_000_000

const startsWithZip = (head: Uint8Array) => [0x50, 0x4b, 3, 4].every((byte, index) => head[index] === byte)

/** Whole, with certificates and public keys in it, and nothing else. */
function isPublicPem(head: Uint8Array): boolean {
  if (head.length >= headBytes) return false
  const text = new TextDecoder('latin1').decode(head)
  const blocks = [...text.matchAll(/-----BEGIN ([^\r\n]*?)-----/g)].map(([, name = '']) => name)
  const isPublic =
    /^(?:(?:TRUSTED |X509 )?CERTIFICATE(?: REQUEST)?|(?:\w+ )?PUBLIC KEY|PGP PUBLIC KEY BLOCK|PGP SIGNATURE|PKCS7|X509 CRL|DH PARAMETERS|EC PARAMETERS)$/
  return blocks.length > 0 && blocks.every(name => isPublic.test(name)) && !/PRIVATE KEY/i.test(text)
}

const isCertificate = (head: Uint8Array) => isPublicPem(head) || isDerCertificate(head)

/** Private keys begin otherwise: with a number, or, encrypted, with the name of a cipher. */
function isDerCertificate(head: Uint8Array): boolean {
  const outer = derSequence(head, 0)
  const inner = outer && derSequence(head, outer.start)
  const [version, number] = [0xa0, 0x02]
  return (
    inner !== undefined &&
    outer?.end === head.length &&
    head.length < headBytes &&
    [version, number].includes(head[inner.start] ?? 0) &&
    !/PRIVATE KEY/i.test(new TextDecoder('latin1').decode(head))
  )
}

/** Where the content of a sequence of DER stands. */
function derSequence(bytes: Uint8Array, at: number): { start: number; end: number } | undefined {
  const [tag, length = 0x80] = bytes.subarray(at)
  const more = length < 0x80 ? 0 : length - 0x80
  if (tag !== 0x30 || length === 0x80 || more > 4) return undefined
  const start = at + 2 + more
  const size = more ? bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0) : length
  return { start, end: start + size }
}

const groups: readonly Group[] = [
  {
    patterns: [
      '.env',
      '.env.*',
      '.env-*',
      '.env_*',
      '*.env',
      '.envrc',
      '.flaskenv',
      '.Renviron',
      '.dev.vars',
      '.dev.vars.*',
      'local.settings.json',
    ],
    holds: t => t('environment variables'),
    isSecret: true,
    hasExamples: true,
  },
  {
    patterns: [
      'id_rsa*',
      'id_dsa*',
      'id_ecdsa*',
      'id_ed25519*',
      '.ssh',
      '*.ppk',
      '*_rsa',
      '*_ed25519',
      'deploy_key',
      'ssh_host_*_key',
    ],
    holds: t => t('SSH keys'),
    isSecret: true,
    hasPublicHalf: true,
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
    patterns: [
      '.gnupg',
      'secring.*',
      '.password-store',
      '*.kdbx',
      '*.kdb',
      '*.psafe3',
      '*.1pux',
      '*.opvault',
      'key4.db',
      'logins.json',
    ],
    holds: t => t('keys and passwords of a password manager'),
    isSecret: true,
  },
  {
    patterns: [
      '.npmrc',
      '.yarnrc',
      '.yarnrc.yml',
      '.pypirc',
      'pip.conf',
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
      'kubeconfig*',
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
      '*credentials.json',
      '.credentials.*',
      'secrets.*',
      '.secrets',
      '.secrets.*',
      '.secret',
      'secret.yml',
      'secret.yaml',
      'secret.json',
      'secret.toml',
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
      'wg*.conf',
      '*.keytab',
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
      '.foundry/keystores',
      '.bitcoin',
      '.electrum',
      '.brownie',
      '.aleph-im',
      '*.mnemonic',
      'mnemonic.txt',
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

/** `.env.example`, `secrets.sample.yml`: what others fill in. */
const example =
  /(?:^|[._-])(?:example|sample|template|tmpl|schema)(?:\.(?:env|json|tfvars|toml|ya?ml))?$|[._-](?:dist|defaults?)$/i
/** The public half of a key. */
const publicHalf = /\.pub$/i

/** What editors, and people who make a copy, put around a name. */
const wrappings: readonly RegExp[] = [
  /^(.+?)\s+$/,
  /^(.+?)(?:\.~\d+)?~$/,
  /^#(.+)#$/,
  /^\.#(.+)$/,
  /^\.(.+)\.sw[a-z]$/i,
  /^(.+)[-._ ](?:bak|backup|copy|old|orig|original|prev|previous|save|saved|sw[a-z]|te?mp)\d*$/i,
  /^(.+?)(?: -)? copy(?: \d+)?(\.[^.]*)?$/i,
  /^(.+?) ?\((?:(?:another )?copy(?: \d+)?|\d+)\)(\.[^.]*)?$/i,
  /^copy of (.+)$/i,
]
const maxOriginals = 50

/** A name, and those that it can be a copy of. */
function originals(name: string): readonly string[] {
  const found = new Set([name])
  for (const each of found)
    for (const wrapping of wrappings) {
      const [, original, extension = ''] = (found.size < maxOriginals && wrapping.exec(each)) || []
      if (original) found.add(original + extension)
    }
  return [...found]
}

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
    const normal = path.normalize('NFC')
    const name = lastName(normal)
    const folder = normal.slice(0, normal.length - name.length)
    return [...new Set(originals(name).flatMap(each => this.#of(folder, each)))]
  }

  #of(folder: string, name: string): readonly DefaultExclusion[] {
    const candidates = [
      ...(this.#named.get(name.toLowerCase()) ?? []),
      ...(this.#anyStarred.test(name) ? this.#starred : []),
    ]
    if (!candidates.length) return []
    const isExample = example.test(name)
    const isPublic = publicHalf.test(name)
    return candidates
      .filter(({ rule }) => !(isExample && rule.hasExamples) && !(isPublic && rule.hasPublicHalf))
      .filter(({ expression }) => expression.test(folder + name))
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
