// Writes a JSON value in one of its many spellings: white space, order of names, escapes, numbers.

/** Small numbers of a reproducible row. */
export type Dice = (sides: number) => number

export function dice(seed: number): Dice {
  let state = seed >>> 0
  return sides => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

const spaces = ['', '', ' ', '\n', '\r\n\t', '  ']

export function spell(value: unknown, roll: Dice, eol?: string): string {
  const space = () => (spaces[roll(spaces.length)] ?? '').replace(/\r?\n/g, lineEnd => eol ?? lineEnd)
  const write = (item: unknown): string => {
    if (typeof item === 'string') return spellString(item, roll)
    if (typeof item === 'number') return spellNumber(item, roll)
    if (typeof item !== 'object' || item === null) return JSON.stringify(item)
    if (Array.isArray(item)) return `[${space()}${item.map(part => write(part) + space()).join(`,${space()}`)}]`
    const parts = Object.entries(item).map(
      ([name, part]) => `${spellString(name, roll)}${space()}:${space()}${write(part)}${space()}`,
    )
    for (let i = parts.length - 1; i > 0; i--) {
      const j = roll(i + 1)
      ;[parts[i], parts[j]] = [parts[j] ?? '', parts[i] ?? '']
    }
    return `{${space()}${parts.join(`,${space()}`)}}`
  }
  return write(value)
}

const hex = (unit: number) => unit.toString(16).padStart(4, '0')

const spellString = (text: string, roll: Dice) =>
  JSON.stringify(text).replace(/[a-z/](?<!\\.)(?<!\\u[0-9a-f]{0,4})/g, character =>
    roll(4) ? character : `\\u${hex(character.charCodeAt(0))}`,
  )

function spellNumber(value: number, roll: Dice): string {
  const plain = JSON.stringify(value)
  if (roll(2) || /e/.test(plain)) return plain
  const shift = roll(5)
  return `${plain}${/\./.test(plain) ? '' : '.'}${'0'.repeat(shift + 1)}${['', 'e0', 'E+0', 'e-00'][roll(4)] ?? ''}`
}
