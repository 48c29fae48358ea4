// What a node says of bytes that it was sent (protocol §5.4).
import * as v from 'valibot'
import { integrityError } from '../errors.js'
import { parseJson, type HttpAnswer } from '../http/http.js'
import { parseWire } from '../message/message.js'
import { fileHashShape } from '../message/wire.js'

const hashSchema = v.looseObject({ hash: fileHashShape })

/** Throws `INTEGRITY` unless the node names the hash that was computed here. */
export function assertStored(answer: HttpAnswer, fileHash: string): void {
  const { hash } = parseWire(hashSchema, parseJson(answer.text, 'an upload'), 'an upload')
  if (hash !== fileHash)
    throw integrityError(
      `The node stored other bytes than it was sent: it names file ${hash} instead of ${fileHash}.`,
      { file_hash: fileHash },
    )
}
