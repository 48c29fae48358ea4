// What a page sends, taken apart: a page shows hostile data, so nothing it says is believed unseen.
import * as v from 'valibot'
import type { ToExtension } from '../../shared/editorProtocol.js'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const position = v.object({ line: count, character: count })
const maxTextLength = 30_000_000
const maxChanges = 100_000
const hash = v.pipe(v.string(), v.maxLength(128))
const name = v.pipe(v.string(), v.maxLength(1_000_000))
const change = v.object({ start: position, end: position, text: v.pipe(v.string(), v.maxLength(maxTextLength)) })

const plainActions = [
  'publish',
  'format',
  'sortKeys',
  'undo',
  'redo',
  'addEntry',
  'refresh',
  'loadMore',
  'stopLoading',
] as const

const request = v.variant('action', [
  v.object({ action: v.picklist(plainActions) }),
  v.object({ action: v.picklist(['renameEntry', 'removeEntry']), entry: v.optional(name) }),
  v.object({ action: v.literal('banner'), choice: v.pipe(v.string(), v.maxLength(100)) }),
  v.object({ action: v.picklist(['compare', 'restore']), hash }),
  v.object({ action: v.literal('compareTwo'), hashes: v.tuple([hash, hash]) }),
])

const message = v.variant('kind', [
  v.object({ kind: v.literal('ready'), protocol: v.number() }),
  v.object({
    kind: v.literal('edit'),
    id: count,
    revision: count,
    changes: v.pipe(v.array(change), v.maxLength(maxChanges)),
  }),
  v.object({ kind: v.literal('request'), id: count, request }),
  v.object({ kind: v.picklist(['cancel', 'flushed']), id: count }),
  v.object({
    kind: v.literal('selected'),
    hashes: v.pipe(v.array(hash), v.maxLength(10_000)),
    entry: v.optional(name),
  }),
  v.object({ kind: v.picklist(['beat', 'typing']) }),
  v.object({ kind: v.literal('failure'), message: v.pipe(v.string(), v.maxLength(10_000)) }),
])

/** Undefined for anything that the page of this version does not send. */
export function readPageMessage(value: unknown): ToExtension | undefined {
  const result = v.safeParse(message, value)
  return result.success ? (result.output as ToExtension) : undefined
}
