/** How far back the overview looks, in milliseconds. */
export const RANGES = {
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
} as const

export type Range = keyof typeof RANGES | 'free'

/** The period of the overview. */
export interface Period {
  range: Range
  /** ISO 8601; empty except in a custom range. */
  from: string
  /** Empty for now. */
  to: string
}

export interface Bounds {
  from: Date
  to: Date
}

const isInstant = (text: string) => !Number.isNaN(Date.parse(text))

/** Reads the period from the address; a day by default. Invalid parts are ignored. */
export function periodIn(search: string): Period {
  const parameters = new URLSearchParams(search)
  const [wanted, from, to] = ['range', 'from', 'to'].map((name) => parameters.get(name) ?? '') as [
    string,
    string,
    string,
  ]
  if (isInstant(from) && (to === '' || Date.parse(from) < Date.parse(to))) return { range: 'free', from, to }
  return { range: Object.hasOwn(RANGES, wanted) ? (wanted as Range) : '24h', from: '', to: '' }
}

/** The query string of a period. */
export function searchOf({ range, from, to }: Period): string {
  return `?${new URLSearchParams(range === 'free' ? { from, ...(to === '' ? {} : { to }) } : { range })}`
}

/** The bounds of a period. It ends now unless it has an end. */
export function boundsOf({ range, from, to }: Period, now: Date): Bounds {
  const until = isInstant(to) ? new Date(to) : now
  return { from: range === 'free' ? new Date(from) : new Date(until.getTime() - RANGES[range]), to: until }
}
