// The name of a selection that is uploaded: its source and lines, `main.ts.L10-L24.ts`.

export function selectionName(source: string, { first, last }: { first: number; last: number }): string {
  const dot = source.lastIndexOf('.')
  const extension = dot > 0 ? source.slice(dot) : ''
  return first === last ? `${source}.L${first}${extension}` : `${source}.L${first}-L${last}${extension}`
}
