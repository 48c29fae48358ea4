// Text of our own documents as bytes. They start with a byte order mark, because VS Code believes one before any setting
// of an encoding (`files.encoding`, `files.autoGuessEncoding`).

/** The UTF-8 of a text, or UTF-8 that has no byte order mark yet. */
export function markedUtf8(text: string | Uint8Array): Uint8Array {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const marked = new Uint8Array(mark.length + bytes.length)
  marked.set(mark)
  marked.set(bytes, mark.length)
  return marked
}

const mark = [0xef, 0xbb, 0xbf]

/** Without the byte order mark. Undefined for bytes that aren't UTF-8. */
export function readUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
