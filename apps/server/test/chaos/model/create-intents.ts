import { createHash } from 'node:crypto'
import type { Intent } from '../../../src/registration/registration.ts'

/** Creates the intents of one simulation. Each has its own id, even if its key is used again. */
export function createIntents(): (email: string, key: string) => Intent {
  let made = 0
  return (email, key) => {
    made += 1
    return {
      id: `00000000-0000-7000-8000-${made.toString(16).padStart(12, '0')}`,
      idempotencyKeyHash: createHash('sha256').update(key).digest(),
      email,
      name: null,
      visitorId: 'visitor',
      trafficParams: {},
      siteUrl: null,
      source: 'orchestrated',
      clientIp: null,
      browserData: null,
    }
  }
}
