import type { Language } from '../i18n/language.ts'

/** Formats numbers, spans and instants in one language, in the operator's time zone. */
export interface Format {
  count(value: number): string
  /** A count that the server caps at 10,000, shown as `10,000+` then. */
  bounded(value: number): string
  /** A share of 0 to 1. */
  share(value: number): string
  /** The two largest units: `340 ms`, `1.2 s`, `3 min 20 s`, `2 d 4 h`. */
  span(ms: number): string
  /** To the second. */
  instant(at: Date): string
  /** `3 minutes ago`. */
  ago(at: Date, now: Date): string
  clock(at: Date): string
  /** A label of the time axis: time of day, day or both, so that sixty labels differ. */
  bucket(at: Date, widthMs: number): string
}

/** The cap of the operator router's counts. */
const MOST_COUNTED = 10_000

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const LARGE_UNITS = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', SECOND],
] as const

export function createFormat(language: Language): Format {
  const number = new Intl.NumberFormat(language)
  const share = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  const instant = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' })
  const clock = new Intl.DateTimeFormat(language, { timeStyle: 'medium' })
  const hours = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const days = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' })
  const dayHours = new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })

  const unit = (value: number, name: string, digits = 0) =>
    new Intl.NumberFormat(language, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    }).format(value)

  return {
    count: (value) => number.format(value),
    bounded: (value) => `${number.format(value)}${value >= MOST_COUNTED ? '+' : ''}`,
    share: (value) => share.format(value),
    span(ms) {
      if (ms < SECOND) return unit(Math.round(ms), 'millisecond')
      if (ms < 10 * SECOND) return unit(ms / SECOND, 'second', 1)
      if (ms < MINUTE) return unit(Math.floor(ms / SECOND), 'second')
      const largest = LARGE_UNITS.findIndex(([, size]) => ms >= size)
      const [name, size] = LARGE_UNITS[largest] ?? LARGE_UNITS[3]
      const rest = LARGE_UNITS[largest + 1]
      const remainder = rest === undefined ? 0 : Math.floor((ms % size) / rest[1])
      const whole = unit(Math.floor(ms / size), name)
      return rest === undefined || remainder === 0 ? whole : `${whole} ${unit(remainder, rest[0])}`
    },
    instant: (at) => instant.format(at),
    ago(at, now) {
      const ms = Math.max(now.getTime() - at.getTime(), 0)
      const [name, size] = LARGE_UNITS.find(([, length]) => ms >= length) ?? LARGE_UNITS[3]
      return relative.format(-Math.floor(ms / size), name)
    },
    clock: (at) => clock.format(at),
    bucket: (at, widthMs) => (widthMs < HOUR ? hours : widthMs < DAY ? dayHours : days).format(at),
  }
}
