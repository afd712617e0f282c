/** How far back the overview looks, in milliseconds. */
export const RANGES = {
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
} as const

export type Range = keyof typeof RANGES | 'free'

/** What the overview is about. */
export interface Period {
  range: Range
  /** ISO 8601; empty but in a free range. */
  from: string
  /** Empty for now. */
  to: string
}

export interface Bounds {
  from: Date
  to: Date
}

const isInstant = (text: string) => !Number.isNaN(Date.parse(text))

/** The period in the address, else a day; what nobody could have chosen is left out. */
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

/** The address of a period, without its path. */
export function searchOf({ range, from, to }: Period): string {
  return `?${new URLSearchParams(range === 'free' ? { from, ...(to === '' ? {} : { to }) } : { range })}`
}

/** Its instants, where it ends now unless it says otherwise. */
export function boundsOf({ range, from, to }: Period, now: Date): Bounds {
  const until = isInstant(to) ? new Date(to) : now
  return { from: range === 'free' ? new Date(from) : new Date(until.getTime() - RANGES[range]), to: until }
}
