import { hash, randomBytes } from 'node:crypto'
import type { RegistrationRequest } from '@registration/shared'
import { v7 as uuidv7 } from 'uuid'
import { createRandomBytes } from '../random-bytes.ts'
import type { Intent } from '../registration/registration.ts'
import type { Caller } from './caller.ts'

const randomOf16 = createRandomBytes(16)
const DEFAULT_SOURCE = 'orchestrated'

/** The request, made complete. An internal app acts for somebody else's browser and may name that one's address. */
export function intentOf(request: RegistrationRequest, caller: Caller): Intent {
  return {
    id: uuidv7({ random: randomOf16() }),
    idempotencyKeyHash: hashOfKey(request.idempotencyKey ?? randomBytes(16).toString('base64url')),
    email: request.email,
    name: request.name ?? null,
    visitorId: request.visitorId,
    trafficParams: request.trafficParams ?? {},
    siteUrl: request.siteUrl ?? null,
    source: request.source ?? DEFAULT_SOURCE,
    clientIp: (caller.app && request.clientIp) || caller.ip,
    browserData: request.browserData ?? null,
  }
}

/** Keys are as good as passwords to a registration's link: only their hash is kept. */
export function hashOfKey(idempotencyKey: string): Buffer {
  return hash('sha256', idempotencyKey, 'buffer')
}
