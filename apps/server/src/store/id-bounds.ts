/** Ids are made by the servers' clocks, just before their rows are, by the database's. */
const APART_MS = 3_600_000

/** The smallest id that is made at this instant or later: ids are ordered by time (UUIDv7). */
export const firstIdAt = (ms: number) => idOf(ms, '0')

/** The smallest id that a registration begun at this instant can have, by the database's clock. */
export const lowestIdAt = (instant: Date) => idOf(instant.getTime() - APART_MS, '0')

/** The biggest one. */
export const highestIdAt = (instant: Date) => idOf(instant.getTime() + APART_MS, 'f')

function idOf(ms: number, fill: '0' | 'f'): string {
  const time = Math.max(Math.floor(ms), 0).toString(16).padStart(12, '0')
  const rest = fill.repeat(20)
  return `${time.slice(0, 8)}-${time.slice(8)}-${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8)}`
}
