import { vi } from 'vitest'

/**
 * Makes every pause longer than the time that is left: a registration gives up after its first attempt, however fast or slow that
 * is. `vi.restoreAllMocks()` ends it.
 */
export function oneAttempt() {
  return vi.spyOn(Math, 'random').mockReturnValue(1_000_000)
}
