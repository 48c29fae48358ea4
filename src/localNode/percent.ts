// What happens to a message on the real node's way to its own queue: the whole JSON text is URL-decoded (the percent
// trap, protocol §4.1), and PostgreSQL can't store U+0000.

/** What the node's queue gets: the message, altered if it held `%XX`; undefined if it vanished: the JSON broke, or it holds U+0000. */
export function throughQueue(message: Record<string, unknown>): Record<string, unknown> | undefined {
  const text = JSON.stringify(message)
  if (!/%[0-9a-fA-F]{2}/.test(text)) return holdsNul(text) ? undefined : message
  try {
    const decoded = unquote(text)
    return holdsNul(decoded) ? undefined : (JSON.parse(decoded) as Record<string, unknown>)
  } catch {
    return undefined
  }
}

/** The character itself, not the six characters that are its escape inside of `item_content`. */
const holdsNul = (json: string): boolean => /(?<!\\)(?:\\\\)*\\u0000/.test(json)

/** Runs of `%XX` become bytes and those UTF-8, with U+FFFD where they are none. */
const unquote = (text: string): string =>
  text.replace(/(?:%[0-9a-fA-F]{2})+/g, run => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
