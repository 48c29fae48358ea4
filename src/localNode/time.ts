// Times as the real node keeps and writes them: seconds since 1970 with microsecond precision (protocol §1.1).

/** Whole seconds and microseconds. The fraction is taken off first: a product would round differently. */
function split(seconds: number): [whole: number, micros: number] {
  const whole = Math.floor(seconds)
  const micros = Math.round((seconds - whole) * 1e6)
  return micros === 1e6 ? [whole + 1, 0] : [whole, micros]
}

/** Seconds rounded to whole microseconds, as a PostgreSQL timestamp holds them. */
export function toMicroseconds(seconds: number): number {
  const [whole, micros] = split(seconds)
  return (whole * 1e6 + micros) / 1e6
}

function iso(seconds: number, zone: string): string {
  const [whole, fraction] = split(seconds)
  const head = new Date(whole * 1000).toISOString().slice(0, -5)
  return fraction ? `${head}.${String(fraction).padStart(6, '0')}${zone}` : `${head}${zone}`
}

/** `2025-11-07T11:37:11.653000Z`: statuses and pending messages. */
export const isoZ = (seconds: number): string => iso(seconds, 'Z')
/** `2025-11-07T11:37:11.653000+00:00`: posts, aggregates and cursors. */
export const isoOffset = (seconds: number): string => iso(seconds, '+00:00')

/** Back from either spelling; undefined if it is none. */
export function parseIso(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00:00)?$/.exec(text)
  if (!match) return undefined
  const whole = Date.parse(`${match[1]}Z`) / 1000
  return Number.isNaN(whole) ? undefined : toMicroseconds(whole + Number((match[2] ?? '0').padEnd(6, '0')) / 1e6)
}

/** So long, or until the client went away. */
export function delay(
  milliseconds: number,
  stream: { once(event: 'close', listener: () => void): unknown },
): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, milliseconds)
    stream.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
