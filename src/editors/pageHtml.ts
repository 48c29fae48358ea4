// The HTML of the aggregate editor's page: nothing but its script and style, and a policy that lets in nothing else.

import type { LostTexts } from '../shared/editorProtocol.js'

interface PageParts {
  /** URIs as the webview reaches them. */
  script: string
  style: string
  /** `webview.cspSource` */
  cspSource: string
  /** Fresh and random for every load. */
  nonce: string
  title: string
  lang: string
  lost: LostTexts
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string) => text.replace(/[&<>"']/g, character => entities[character] ?? '')

export function pageHtml(parts: PageParts): string {
  const { script, style, cspSource, nonce, title, lang, lost } = parts
  // The editor in the page makes a style element of its own, which carries the nonce.
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `font-src ${cspSource}`,
  ].join('; ')
  return `<!DOCTYPE html>
<html lang="${escape(lang)}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${escape(policy)}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escape(title)}</title>
    <link rel="stylesheet" href="${escape(style)}">
  </head>
  <body data-lost="${escape(JSON.stringify(lost))}">
    <script nonce="${escape(nonce)}" src="${escape(script)}"></script>
  </body>
</html>
`
}
