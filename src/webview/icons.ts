// The page's icons, drawn on 16 × 16 with the colour of the text around them. They never say something alone.
const shapes = {
  error: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z M5.5 5.5l5 5 M10.5 5.5l-5 5',
  warning: 'M8 2L14.5 13.5H1.5z M8 6.5v3.5 M8 11.3v1',
  info: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z M8 7v4.5 M8 4.5v1',
  more: 'M3 8h.01 M8 8h.01 M13 8h.01',
  refresh: 'M13.5 8a5.5 5.5 0 1 1-1.6-3.9 M12.5 1.5v3h-3',
  lock: 'M3.5 7h9v6.5h-9z M5.5 7V5a2.5 2.5 0 0 1 5 0v2',
  pending: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z M8 4.5V8l2.5 1.5',
  rejected: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z M3.5 12.5l9-9',
  forgotten: 'M2.5 4h11 M6 4V2.5h4V4 M4 4l.7 9.5h6.6L12 4 M6.8 6.5v4.5 M9.2 6.5v4.5',
  unverified: 'M8 1.5L13.5 3.5V8c0 3-2.3 5.3-5.5 6.5C4.8 13.3 2.5 11 2.5 8V3.5z M8 5v3.5 M8 10.3v.7',
  close: 'M3.5 3.5l9 9 M12.5 3.5l-9 9',
  busy: 'M8 2a6 6 0 0 1 6 6',
}
export type Icon = keyof typeof shapes

const namespace = 'http://www.w3.org/2000/svg'

export function icon(name: Icon): SVGSVGElement {
  const drawn = document.createElementNS(namespace, 'svg')
  drawn.setAttribute('viewBox', '0 0 16 16')
  drawn.setAttribute('class', `icon icon-${name}`)
  drawn.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS(namespace, 'path')
  path.setAttribute('d', shapes[name])
  drawn.append(path)
  return drawn
}
