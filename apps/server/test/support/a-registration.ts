import { randomUUID } from 'node:crypto'
import type { Intent, Registration } from '../../src/registration/registration.ts'

/** An intent with usual values, except for those that are given. */
function anIntent(given: Partial<Intent> = {}): Intent {
  return {
    id: '019a0000-0000-7000-8000-000000000001',
    idempotencyKeyHash: Buffer.from('the hash of a key'),
    email: 'ann@example.com',
    name: null,
    visitorId: 'visitor-1',
    trafficParams: {},
    siteUrl: null,
    source: 'orchestrated',
    clientIp: null,
    browserData: null,
    ...given,
  }
}

/** An intent with a unique id, key and e-mail. */
export function aFreshIntent(given: Partial<Intent> = {}): Intent {
  const id = randomUUID()
  return anIntent({ id, idempotencyKeyHash: Buffer.from(id), email: `${id}@example.com`, ...given })
}

/** A registration whose first call is in progress, except for the given values. */
export function aRegistration(given: Partial<Registration> = {}): Registration {
  return {
    ...anIntent(),
    status: 'pending',
    attempts: 1,
    asking: true,
    nextAttemptInMs: 30_000,
    uncertainForMs: 0,
    partnerAccount: null,
    depositUrl: null,
    rejection: null,
    stuckReason: null,
    ...given,
  }
}
