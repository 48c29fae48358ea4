// Lists by cursor (protocol §5.0): one page at a time, and an end even where a node leads in circles.
import { AlephError } from '../errors.js'

/** Pages from the first to the last; `ask` gets the cursor, empty for the first page, and may find that there is no list. */
export async function* cursorPages<P extends { next_cursor?: string | null | undefined }>(
  ask: (cursor: string) => Promise<P | undefined>,
): AsyncGenerator<P, void, undefined> {
  const asked = new Set<string>()
  for (let cursor: string | null | undefined = ''; cursor !== null && cursor !== undefined;) {
    if (asked.has(cursor)) throw new AlephError('NETWORK', 'The node sends the same page again and again.')
    asked.add(cursor)
    const page: P | undefined = await ask(cursor)
    if (!page) return
    yield page
    cursor = page.next_cursor || null
  }
}
