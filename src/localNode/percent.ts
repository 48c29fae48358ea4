// The percent trap (protocol §4.1): on its way to its own queue the real node URL-decodes the whole JSON text.

/** What the node's queue gets: the message, altered if it held `%XX`; undefined if the JSON broke and it vanished. */
export function throughQueue(message: Record<string, unknown>): Record<string, unknown> | undefined {
  const text = JSON.stringify(message)
  if (!/%[0-9a-fA-F]{2}/.test(text)) return message
  try {
    return JSON.parse(unquote(text)) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** Runs of `%XX` become bytes and those UTF-8, with U+FFFD where they are none. */
const unquote = (text: string): string =>
  text.replace(/(?:%[0-9a-fA-F]{2})+/g, run => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
