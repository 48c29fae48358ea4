// Names and texts from the network are hostile: they may hold control characters, text that changes the direction of
// what follows, path separators, or a megabyte. These helpers make them fit to be shown or to be a file's name.

// Control and format characters, line separators, and lone surrogates.
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu

/** Cuts between characters as a reader counts them, so that no emoji is torn apart. */
export function shorten(text: string, maxCharacters: number): string {
  // A grapheme has at least one UTF-16 unit, so a short string needs no segmenting.
  if (text.length <= maxCharacters) return text
  const graphemes: string[] = []
  // A hostile text can be long: looking at some units per wanted character is enough.
  for (const { segment } of new Intl.Segmenter().segment(text.slice(0, maxCharacters * 40))) {
    graphemes.push(segment)
    if (graphemes.length > maxCharacters) return `${graphemes.slice(0, maxCharacters - 1).join('')}…`
  }
  return text.length > maxCharacters * 40 ? `${graphemes.join('')}…` : text
}

/** One line that can be shown as a label: printable, trimmed, at most `maxCharacters` long; may be empty. */
export function safeLabel(text: string, maxCharacters = 120): string {
  const head = text.slice(0, maxCharacters * 50)
  return shorten(head.replace(unprintable, ' ').replace(/\s+/g, ' ').trim(), maxCharacters)
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
  for (const { segment } of new Intl.Segmenter().segment(name.slice(0, name.length - extension.length))) {
    room -= byteLength(segment)
    if (room < 0) break
    stem += segment
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

/** For places where VS Code turns `$(name)` into an icon. */
export const withoutIcons = (text: string): string => text.replaceAll('$(', '$\u200b(')
