// Reads multipart/form-data part by part, with a bound on everything that isn't passed on at once (protocol §5.4).

/** The body isn't a form, or ends before the form does. A real node answers 500. */
export class InvalidForm extends Error {
  override readonly name = 'InvalidForm'
}

/** More parts, or longer lines, than any upload needs. */
export class FormTooLarge extends Error {
  override readonly name = 'FormTooLarge'
}

export interface FormPart {
  /** Of the content disposition, whatever its type is. */
  name: string | undefined
  fileName: string | undefined
  contentType: string
  /** To be read before the next part is asked for; what is left is skipped. */
  body: AsyncIterable<Buffer>
}

const maxParts = 1_000
const maxHeaders = 128
const maxLineBytes = 8_190

/** The boundary that a content type names. Throws `InvalidForm`. */
export function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain ?? ''
  if (!boundary || boundary.length > 70) throw new InvalidForm('no boundary')
  return boundary
}

/** Throws `InvalidForm` and `FormTooLarge`. */
export async function* readForm(source: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<FormPart> {
  const reader = new Reader(source)
  const delimiter = Buffer.from(`--${boundary}`)
  let line: Buffer
  do line = await reader.line()
  while (!isDelimiter(line, delimiter))
  for (let parts = 0; !isLast(line, delimiter); parts++) {
    if (parts === maxParts) throw new FormTooLarge(`A form can have up to ${maxParts} parts.`)
    const headers = await readHeaders(reader)
    const body = reader.until(Buffer.concat([lineEnd, delimiter]))
    yield { ...disposition(headers.get('content-disposition')), contentType: headers.get('content-type') ?? '', body }
    for await (const _ of body); // what nobody read
    line = Buffer.concat([delimiter, await reader.line()])
    if (!isDelimiter(line, delimiter)) throw new InvalidForm('invalid boundary')
  }
}

const lineEnd = Buffer.from('\r\n')
const text = (bytes: Buffer) => bytes.toString('utf8').trimEnd()
const isLast = (line: Buffer, delimiter: Buffer) => text(line) === `${delimiter.toString()}--`
const isDelimiter = (line: Buffer, delimiter: Buffer) => text(line) === delimiter.toString() || isLast(line, delimiter)

async function readHeaders(reader: Reader): Promise<Map<string, string>> {
  const headers = new Map<string, string>()
  for (let count = 0; ; count++) {
    const line = text(await reader.line())
    if (!line) return headers
    const [, name, value = ''] = /^([^\s:]+):\s*(.*)$/s.exec(line) ?? []
    if (name === undefined) throw new InvalidForm('invalid header')
    if (count === maxHeaders) throw new FormTooLarge(`A part can have up to ${maxHeaders} headers.`)
    headers.set(name.toLowerCase(), value)
  }
}

/** `form-data; name="file"; filename="a.txt"`, and `filename*=UTF-8''a.txt`, which wins. */
function disposition(header = ''): Pick<FormPart, 'name' | 'fileName'> {
  const params = new Map<string, string>()
  for (const [, key = '', quoted, plain = ''] of header.matchAll(
    /;\s*([^=;\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/gs,
  ))
    params.set(key.toLowerCase(), quoted?.replace(/\\(.)/gs, '$1') ?? plain)
  const extended = (name: string) => {
    const [, encoded] = /^utf-8'[^']*'(.*)$/is.exec(params.get(`${name}*`) ?? '') ?? []
    try {
      return encoded === undefined ? undefined : decodeURIComponent(encoded)
    } catch {
      return undefined
    }
  }
  const value = (name: string) => extended(name) ?? params.get(name)
  return { name: value('name'), fileName: value('filename') }
}

/** Bytes on demand; no more than a chunk and a line are held. */
class Reader {
  readonly #chunks: AsyncIterator<Buffer>
  #bytes = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]()
  }

  /** Up to the next line feed, with it. */
  async line(): Promise<Buffer> {
    for (let from = 0; ;) {
      const end = this.#bytes.indexOf(10, from)
      if (end >= 0) return this.#take(end + 1)
      if (this.#bytes.length > maxLineBytes) throw new FormTooLarge(`A line can have up to ${maxLineBytes} bytes.`)
      from = this.#bytes.length
      if (await this.#more()) continue
      if (!this.#bytes.length) throw new InvalidForm('the form ends too early')
      return this.#take(this.#bytes.length)
    }
  }

  /** What comes before `delimiter`, which is taken off too. */
  async *until(delimiter: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#bytes.indexOf(delimiter)
      const count = at >= 0 ? at : this.#bytes.length - delimiter.length + 1
      if (count > 0) {
        const found = this.#take(count)
        if (at >= 0) this.#take(delimiter.length)
        yield found
      } else if (at === 0) this.#take(delimiter.length)
      if (at >= 0) return
      if (!(await this.#more())) throw new InvalidForm('a part has no end')
    }
  }

  #take(count: number): Buffer {
    const taken = this.#bytes.subarray(0, count)
    this.#bytes = this.#bytes.subarray(count)
    return taken
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next()
    if (next.done) return false
    this.#bytes = Buffer.concat([this.#bytes, next.value])
    return true
  }
}
