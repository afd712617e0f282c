/** How far back the overview looks, in milliseconds. */
export const RANGES = {
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
} as const

export type Range = keyof typeof RANGES

/** The range in the address, else a day. */
export function rangeIn(search: string): Range {
  const wanted = new URLSearchParams(search).get('range') ?? ''
  return Object.hasOwn(RANGES, wanted) ? (wanted as Range) : '24h'
}
