// Names and texts from the network are hostile: they may hold control characters, text that changes the direction of
// what follows, path separators, or a megabyte. These helpers make them fit to be shown or to be a file's name.

// Control characters, line separators, lone surrogates, and what changes the direction of a text.
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb]/gu
// What has no width and no meaning for a reader: nothing stands in its place.
const widthless = /[\u180e\u200b\u2060-\u2065\ufeff]|[\u{e0000}-\u{e007f}]/gu

// Making one takes longer than most texts.
let segmenter: Intl.Segmenter | undefined

/** In windows, because each step of a segmenter takes as long as its whole text. */
const windowLength = 500

/** Characters as a reader counts them; one that is longer than a window comes in parts. */
function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter()
  for (let start = 0; start < text.length;) {
    // Half of a character at the end would be taken for one, and part what stands before it from what follows.
    const end = start + windowLength - (/[\ud800-\udbff]/.test(text.charAt(start + windowLength - 1)) ? 1 : 0)
    const found = Array.from(segmenter.segment(text.slice(start, end)), ({ segment }) => segment)
    // The last one may go on behind the window.
    if (end < text.length && found.length > 1) found.pop()
    for (const grapheme of found) start += grapheme.length
    yield* found
  }
}

/** Cuts between characters as a reader counts them, so that no emoji is torn apart. */
export function shorten(text: string, maxCharacters: number): string {
  // A grapheme has at least one UTF-16 unit, so a short string needs no segmenting.
  if (text.length <= maxCharacters) return text
  const shown: string[] = []
  // A hostile text can be long: looking at some units per wanted character is enough.
  for (const grapheme of graphemes(text.slice(0, maxCharacters * 40))) {
    shown.push(grapheme)
    if (shown.length > maxCharacters) return `${shown.slice(0, maxCharacters - 1).join('')}…`
  }
  return text.length > maxCharacters * 40 ? `${shown.slice(0, -1).join('')}…` : text
}

/** One line that can be shown as a label: printable, trimmed, at most `maxCharacters` long; may be empty. */
export function safeLabel(text: string, maxCharacters = 120): string {
  const head = text.slice(0, maxCharacters * 40)
  const line = head.replace(widthless, '').replace(unprintable, ' ').replace(/\s+/g, ' ').trim()
  return shorten(line.replace(stackedMarks, '$1'), maxCharacters)
}

/** No language puts more marks on a letter; piled up, they cover the rows above. */
const stackedMarks = /(\p{M}{8})\p{M}+/gu

/** Lines of a dialog: each is a safe label, and there are at most `maxLines` of them. Empty lines stay. */
export function safeLines(text: string, maxLines = 40, maxCharacters = 400): string {
  const lines = text.slice(0, maxLines * maxCharacters * 10).split(/\r?\n/, maxLines + 1)
  const shown = lines.slice(0, maxLines).map(line => safeLabel(line, maxCharacters))
  return [...shown, ...(lines.length > maxLines ? ['…'] : [])].join('\n')
}

/** Windows takes superscript digits for digits here, and leaves out spaces before the dot. */
const reservedOnWindows = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]|conin\$|conout\$|clock\$) *(\.|$)/i
/** Names that look the same must not be different, but an emoji of several parts is one by what joins them. */
const invisible =
  /(?<!\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?)\u200d|(?<!\p{Extended_Pictographic})\ufe0f|(?![\u200d\ufe0f])\p{Default_Ignorable_Code_Point}/gu
/** What file systems allow in bytes of UTF-8, with room for what an editor appends. */
const maxFileNameBytes = 200

/**
 * A file name that every common file system takes and that stays inside its folder. Keeps the extension of a name that
 * is too long, because editors choose by it.
 */
export function safeFileName(name: string, fallback = 'file'): string {
  const flat = safeLabel(name.slice(0, 20_000).normalize('NFC').replace(invisible, ''), 5000)
    .replace(/[/\\:*?"<>|]/g, '_')
    .replace(/^\.+$/, '')
    .replace(/[. ]+$/, '')
  const usable = reservedOnWindows.test(flat) ? `_${flat}` : flat
  return cutFileName(usable || fallback)
}

const byteLength = (text: string) => new TextEncoder().encode(text).length

function cutFileName(name: string): string {
  if (byteLength(name) <= maxFileNameBytes) return name
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : ''
  let stem = ''
  let room = maxFileNameBytes - byteLength(extension) - byteLength('…')
  for (const grapheme of graphemes(name.slice(0, name.length - extension.length))) {
    room -= byteLength(grapheme)
    if (room < 0) break
    stem += grapheme
  }
  return `${stem}…${extension}`
}

/** Text inside Markdown that reads exactly as given: no links, images, markup, HTML, or icons. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_{}[\]()#+\-.!|<>&~$@:]/g, character =>
      character === '<' ? '&lt;' : character === '&' ? '&amp;' : `\\${character}`,
    )
    .replace(/\r?\n/g, ' ')
}

/** Invisible, and left by `safeLabel`, so that text can pass two doors. */
const breaker = '\u200c'

/** For places where VS Code turns `$(name)` into an icon. Clean the text first: what is dropped later could join the two. */
export const withoutIcons = (text: string): string => text.replaceAll('$(', `$${breaker}(`)

/** For places where VS Code turns `[text](command:…)` into a link, and has no escape for it. Clean the text first. */
export const withoutLinks = (text: string): string => text.replaceAll('](', `]${breaker}(`)
