// What some bytes are, and which of VS Code's own viewers shows them without running anything. Goes by the bytes: a name
// or media type is only what its author wrote.

export type FileKind = 'text' | 'image' | 'audio' | 'video' | 'binary'

/** View types of the editors that come with VS Code and run nothing of what they show; `binary` has none. */
export const safeEditors = {
  text: 'default',
  image: 'imagePreview.previewEditor',
  audio: 'vscode.audioPreview',
  video: 'vscode.videoPreview',
} as const

export function fileKind(bytes: Uint8Array): FileKind {
  if (isUtf8(bytes.subarray(0, sampleBytes))) return 'text'
  const head = Array.from(bytes.subarray(0, 16), byte => String.fromCharCode(byte)).join('')
  for (const [kind, pattern] of signatures) if (pattern.test(head)) return kind
  return isVscodeText(bytes.subarray(0, vscodeSampleBytes)) ? 'text' : 'binary'
}

/** What VS Code's own viewers take by the name, as its `media-preview` declares; `text` for everything else. */
export function kindOfName(name: string): keyof typeof safeEditors {
  if (/\.(png|jpe?g|jpe|gif|webp|bmp|ico|avif)$/i.test(name)) return 'image'
  if (/\.(mp3|wav|og[ga])$/i.test(name)) return 'audio'
  return /\.(mp4|webm)$/i.test(name) ? 'video' : 'text'
}

/** What a browser shows as an image, by what its author says of it. */
export const isImage = (name: string, mediaType: string | undefined): boolean =>
  mediaType ? mediaType.startsWith('image/') : kindOfName(name) === 'image' || /\.svg$/i.test(name)

/** How files of a kind begin, one character per byte. The first that fits decides. */
const signatures: readonly (readonly [FileKind, RegExp])[] = [
  ['image', /^(?:\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|RIFF[^]{4}WEBP|BM[^]{4}\0{4}|\0\0\x01\0|[^]{4}ftypavi[fs])/],
  ['audio', /^(?:ID3|\xff[\xfa\xfb\xf2\xf3]|RIFF[^]{4}WAVE|OggS)/],
  ['video', /^(?:[^]{4}ftyp(?!heic|heix|mif1)|\x1aE\xdf\xa3)/],
  // By VS Code's rule many of these would be text.
  ['binary', /^(?:%PDF-|PK\x03\x04|\x1f\x8b|BZh|7z\xbc\xaf|\x28\xb5\x2f\xfd)/],
]

const sampleBytes = 64 * 1024

function isUtf8(sample: Uint8Array): boolean {
  if (sample.includes(0)) return false
  try {
    // A character may be cut at the end of the sample, so it counts as a stream.
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true })
    return true
  } catch {
    return false
  }
}

/** VS Code reads this much of a file to find out whether it's text (`ZERO_BYTE_DETECTION_BUFFER_MAX_LEN`). */
const vscodeSampleBytes = 512

/** VS Code's own rule: no zero byte, or zeros in every second place only, as in UTF-16, or a byte order mark. */
function isVscodeText(sample: Uint8Array): boolean {
  const [first, second] = sample
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true
  if (!sample.includes(0)) return true
  const isZeroAt = (parity: number) => sample.every((byte, index) => (index % 2 === parity) === (byte === 0))
  return isZeroAt(0) || isZeroAt(1)
}
