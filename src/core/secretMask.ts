// Keeps keys out of the log: whoever holds a secret registers it here, and every line passes through.

const masked = '•••'

export class SecretMask {
  readonly #secrets = new Set<string>()
  #pattern: RegExp | undefined

  add(secret: string): void {
    const text = secret.trim()
    const bare = text.replace(/^0x/i, '')
    for (const spelling of [text, bare]) if (spelling.length >= 8) this.#secrets.add(spelling)
    this.#pattern = undefined
  }

  apply(line: string): string {
    if (!this.#secrets.size) return line
    return line.replace((this.#pattern ??= patternOf([...this.#secrets])), masked)
  }
}

/**
 * The longest first, for one secret can be part of another. Case and the space between the words of a mnemonic tell
 * nobody secrets apart. A comparison of lower-cased texts would not do: some letters get longer by it, which moves
 * everything behind them.
 */
function patternOf(secrets: string[]): RegExp {
  const sources = secrets
    .sort((a, b) => b.length - a.length)
    .map(secret => secret.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/\s+/g, '\\s+'))
  return new RegExp(sources.join('|'), 'gi')
}
