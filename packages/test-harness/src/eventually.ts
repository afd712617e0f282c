import { vi } from 'vitest'
import { EVENT_LIMIT_MS } from './limits.ts'

/**
 * Calls `look` until it neither throws nor rejects, and resolves with what it returns. `expect.poll` does the same for one value.
 *
 * @param options.everyMs the pause between two calls
 * @throws the last error of `look`, after EVENT_LIMIT_MS
 */
export function eventually<T>(look: () => T | Promise<T>, { everyMs = 50 } = {}): Promise<T> {
  return vi.waitFor(look, { timeout: EVENT_LIMIT_MS, interval: everyMs })
}
