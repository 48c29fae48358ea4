// Times as the real node keeps and writes them: seconds since 1970 with microsecond precision (protocol §1.1).

/** Seconds rounded to whole microseconds, as a PostgreSQL timestamp holds them. */
export const toMicroseconds = (seconds: number): number => Math.round(seconds * 1e6) / 1e6

function iso(seconds: number, zone: string): string {
  const micros = Math.round(seconds * 1e6)
  const whole = Math.floor(micros / 1e6)
  const fraction = micros - whole * 1e6
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
