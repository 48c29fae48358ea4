// Which editor fits some bytes. Looks at the bytes first: a name is only what its author wrote.

export type FileKind = 'text' | 'image' | 'binary'

const imageExtensions: Record<string, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/bmp': 'bmp',
  'image/x-icon': 'ico',
  'image/vnd.microsoft.icon': 'ico',
  'image/avif': 'avif',
}
const imageName = /\.(png|jpe?g|jpe|gif|webp|bmp|ico|avif)$/i

export function fileKind(name: string, mediaType: string | undefined, bytes: Uint8Array): FileKind {
  if (isText(bytes)) return 'text'
  return imageName.test(name) || (mediaType && Object.hasOwn(imageExtensions, mediaType)) ? 'image' : 'binary'
}

/** What a browser shows as an image, by what its author says of it. */
export const isImage = (name: string, mediaType: string | undefined): boolean =>
  mediaType ? mediaType.startsWith('image/') : imageName.test(name) || /\.svg$/i.test(name)

/** A name that VS Code's image preview recognises, for an image that was stored without one. */
export function nameWithExtension(name: string, mediaType: string | undefined): string {
  const extension = mediaType && Object.hasOwn(imageExtensions, mediaType) ? imageExtensions[mediaType] : undefined
  return extension && !imageName.test(name) ? `${name}.${extension}` : name
}

const sampleBytes = 64 * 1024

/** No zero byte and valid UTF-8, judged by the head; UTF-16 announces itself by its mark. */
function isText(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, sampleBytes)
  const [first, second] = sample
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true
  if (sample.includes(0)) return false
  try {
    // A character may be cut at the end of the sample, so it counts as a stream.
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true })
    return true
  } catch {
    return false
  }
}
