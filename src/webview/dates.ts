// Moments as a reader of the list wants them: the hour in a row, the day above its rows.
import type { PageTexts } from '../shared/editorProtocol.js'

export interface Dates {
  /** "14:02" */
  hour(date: Date | undefined): string
  /** "Today", "Yesterday", "12 May", "12 May 2021" */
  day(date: Date | undefined): string
  /** For a tooltip. */
  full(date: Date | undefined): string
}

const maxMs = 8.64e15

/** An author may claim any number; undefined for one that is no moment of any calendar. */
export function dateOf(seconds: number): Date | undefined {
  const ms = seconds * 1000
  return Math.abs(ms) <= maxMs ? new Date(ms) : undefined
}

export function datesOf(locale: string, { today, yesterday }: PageTexts): Dates {
  const hour = new Intl.DateTimeFormat(locale, { timeStyle: 'short' })
  const dayOfYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' })
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' })
  const unknown = '–'
  return {
    hour: date => (date ? hour.format(date) : unknown),
    full: date => (date ? full.format(date) : unknown),
    day(date) {
      if (!date) return unknown
      const current = new Date()
      const before = new Date(current.getFullYear(), current.getMonth(), current.getDate() - 1)
      if (date.toDateString() === current.toDateString()) return today
      if (date.toDateString() === before.toDateString()) return yesterday
      return (date.getFullYear() === current.getFullYear() ? dayOfYear : day).format(date)
    },
  }
}
