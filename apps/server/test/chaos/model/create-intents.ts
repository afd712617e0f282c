import { createHash } from 'node:crypto'
import type { Intent } from '../../../src/registration/registration.ts'

/** Makes the intents of one world's requests: each has an id of its own, also where its key comes back. */
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
