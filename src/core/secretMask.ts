// Keeps keys out of the log: whoever holds a secret registers it here, and every line passes through.

const masked = '•••'

export class SecretMask {
  readonly #secrets = new Set<string>()

  add(secret: string): void {
    const text = secret.trim()
    const bare = text.replace(/^0x/i, '')
    for (const spelling of [text, bare]) if (spelling.length >= 8) this.#secrets.add(spelling.toLowerCase())
  }

  apply(line: string): string {
    if (!this.#secrets.size) return line
    let result = line
    for (const secret of this.#secrets) {
      for (let at = find(result, secret); at >= 0; at = find(result, secret))
        result = result.slice(0, at) + masked + result.slice(at + secret.length)
    }
    return result
  }
}

// Hexadecimal and the words of a mnemonic are told apart by nobody in upper and lower case.
const find = (text: string, secret: string) => text.toLowerCase().indexOf(secret)
