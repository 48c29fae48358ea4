// What one node allows, asked once: size limits, and whether it takes files for IPFS (protocol §5.4).
import * as v from 'valibot'
import { smallAnswerBytes, type Http } from '../http/http.js'

export interface UploadLimits {
  /** Bytes of a file with its STORE in one request, by engine. */
  signed: { storage: number; ipfs: number }
  /** Bytes of a file alone. */
  unsigned: { storage: number; ipfs: number }
  /** Bytes of a CAR, which holds a folder. */
  car: number
}

const mebibyte = 1024 * 1024
const defaultLimits: UploadLimits = {
  signed: { storage: 100 * mebibyte, ipfs: 1024 * mebibyte },
  unsigned: { storage: 25 * mebibyte, ipfs: 25 * mebibyte },
  car: 4096 * mebibyte,
}

const bytes = v.pipe(v.number(), v.integer(), v.minValue(0))
const limitsSchema = v.object({
  storage: v.object({ max_file_size: bytes, max_unauthenticated_upload_file_size: bytes }),
  ipfs: v.object({
    max_upload_file_size: bytes,
    max_unauthenticated_upload_file_size: bytes,
    max_upload_car_size: v.optional(bytes, defaultLimits.car),
  }),
})

export class NodeFacts {
  readonly #limits = new Map<string, UploadLimits>()
  readonly #takesIpfs = new Map<string, boolean>()
  constructor(readonly http: Http) {}

  /** Nodes before July 2026 and the light node do not tell; then the defaults of the real node's code hold. */
  async limits(endpoint: string, signal?: AbortSignal): Promise<UploadLimits> {
    const known = this.#limits.get(endpoint)
    if (known) return known
    const answer = await this.http.request('/api/v0/storage/limits.json', {
      endpoint,
      signal,
      accept: [400, 404, 405, 422],
      maxBytes: smallAnswerBytes,
    })
    const limits = answer.status === 200 ? parseLimits(answer.text) : defaultLimits
    this.#limits.set(endpoint, limits)
    return limits
  }

  /** Asked with a request that no node takes as an upload: 400 says that it wants a form, 403 or 404 that IPFS is off. */
  async takesIpfs(endpoint: string, signal?: AbortSignal): Promise<boolean> {
    const known = this.#takesIpfs.get(endpoint)
    if (known !== undefined) return known
    const answer = await this.http.request('/api/v0/ipfs/add_file', {
      endpoint,
      signal,
      body: '{}',
      accept: [400, 403, 404, 405, 422],
      maxBytes: smallAnswerBytes,
    })
    const takesIpfs = answer.status === 400 || answer.status === 422
    this.#takesIpfs.set(endpoint, takesIpfs)
    return takesIpfs
  }
}

function parseLimits(text: string): UploadLimits {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return defaultLimits
  }
  const parsed = v.safeParse(limitsSchema, json)
  if (!parsed.success) return defaultLimits
  const { storage, ipfs } = parsed.output
  return {
    signed: { storage: storage.max_file_size, ipfs: ipfs.max_upload_file_size },
    unsigned: {
      storage: storage.max_unauthenticated_upload_file_size,
      ipfs: ipfs.max_unauthenticated_upload_file_size,
    },
    car: ipfs.max_upload_car_size,
  }
}
