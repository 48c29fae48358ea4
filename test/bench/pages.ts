// A process that answers lists of messages from memory, as a node does: signed once, so that nothing but the reader is
// measured. Usage: pages.mjs ROWS; prints its URL.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signed, type Signed } from '../helpers/signed.js'

const rowCount = Number(process.argv[2])
const hash = (n: number) => n.toString(16).padStart(64, '0')
const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))

/** Two folders with half of the files each: one flat, and one where all of them are two levels down. */
const file = (place: number) => {
  // Uploads side by side arrive in any order.
  const n = (place * 7919) % rowCount
  const isDeep = n % 2 === 1
  return signed('STORE', {
    item_type: 'storage',
    item_hash: hash(n),
    metadata: {
      filename: `file ${n}.txt`,
      mimetype: 'text/plain',
      size: n,
      path: `${isDeep ? 'assets/images/' : ''}file ${n}.txt`,
      upload: { id: isDeep ? 'deep' : 'flat', name: isDeep ? 'site' : 'data' },
    },
  })
}
const note = (n: number) => signed('POST', { type: 'note', content: { title: `Note ${n}`, tags: ['bench'], n } })
const large = (n: number) =>
  signed(
    'POST',
    { type: 'large', content: { n, parts: times(700, part => ({ part, text: '"quoted" and plain text, so' })) } },
    { channel: 'large' },
  )

const lists: Record<string, Signed[]> = {
  STORE: times(rowCount, file),
  POST: times(rowCount, note),
  large: times(600, large),
}

const server = createServer((request, response) => {
  const query = new URL(request.url ?? '', 'http://localhost').searchParams
  const rows = lists[query.get('channels') ?? query.get('msgTypes') ?? ''] ?? []
  const start = Number(query.get('cursor') ?? 0)
  const end = start + Number(query.get('pagination'))
  const messages = rows.slice(start, end).map(row => ({ ...row, confirmed: false }))
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ messages, next_cursor: end < rows.length ? String(end) : null }))
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
