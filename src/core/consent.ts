// Before the first publication of an account on a public network a person reads once what public means. Every way of
// publishing asks here; on a development network nothing is asked.
import { safeLabel } from '../shared/safeText.js'
import type { Translate } from '../shared/translate.js'
import { shortAddress } from './accountList.js'
import type { Active } from './session.js'

export interface ConsentPorts {
  /** The setting `aleph.publish.confirm`. */
  isAlwaysAsked(): boolean
  confirm(question: { message: string; detail: string; action: string }): Promise<boolean>
  /** What was written last, by any version of this extension. */
  read(): unknown
  write(value: unknown): void
  readonly t: Translate
}

const version = 1

export class Consent {
  /** By pair: two uploads that begin together share one question. */
  readonly #asking = new Map<string, Promise<boolean>>()

  constructor(private readonly ports: ConsentPorts) {}

  /** True if `what` (a name, such as a file's) may be published. To be called before anything is signed or sent. */
  async ask(active: Active, what: string): Promise<boolean> {
    if (active.network.isDevelopment) return true
    const pair = `${active.network.id} ${active.account.address}`
    const isKnown = this.#given().includes(pair)
    if (isKnown && !this.ports.isAlwaysAsked()) return true
    if (isKnown) return this.#confirm(active, what, false)
    const asking =
      this.#asking.get(pair) ??
      this.#confirm(active, what, true).then(isGiven => {
        if (isGiven) this.#remember(pair)
        return isGiven
      })
    this.#asking.set(pair, asking)
    try {
      return await asking
    } finally {
      this.#asking.delete(pair)
    }
  }

  #confirm({ network, account }: Active, what: string, isFirst: boolean): Promise<boolean> {
    const { t } = this.ports
    const short = shortAddress(account.address)
    const values = {
      what: safeLabel(what, 80),
      network: network.name,
      account: account.name,
      address: short,
      owner: account.owner ?? '',
    }
    const who = account.owner
      ? t('To {network} as {account} ({address}), for {owner}.', values)
      : t('To {network} as {account} ({address}).', values)
    const meaning = isFirst
      ? [
          t('This is the first time that this account publishes there. It will be public:'),
          t('• Anyone can read it. What must stay private does not belong there.'),
          t('• “Forget” takes it off the network, but copies that others made outlive that.'),
          t('• The address links everything that is published with it, for good.'),
          t('• Files are kept only as long as they are paid for.'),
        ]
      : [t('It becomes public: anyone can read it, and copies can outlive a later “forget”.')]
    return this.ports.confirm({
      message: t('Publish {what}?', values),
      detail: [who, '', ...meaning].join('\n'),
      action: t('Publish'),
    })
  }

  #given(): string[] {
    const value = this.ports.read() as { version?: unknown; given?: unknown } | undefined
    return value?.version === version && Array.isArray(value.given)
      ? value.given.filter(pair => typeof pair === 'string')
      : []
  }

  /** What a later version wrote is left alone: asking again harms nobody. */
  #remember(pair: string): void {
    const value = this.ports.read() as { version?: unknown } | undefined
    if (value === undefined || value?.version === version)
      this.ports.write({ version, given: [...this.#given(), pair] })
  }
}
