import type { Environment } from '../../src/config/load-config.ts'

/** The servers that rows are sent to, by what differs from the usual one. */
export const WORLDS = {
  usual: {},
  /** Nothing may ever come of what is sent here. */
  pristine: {},
  /** Its callers get an answer before the lease of a call that was lost runs out. */
  impatient: { PARTNER_TIMEOUT_MS: '400', REQUEST_DEADLINE_MS: '700' },
  notUniqueByEmail: { PARTNER_UNIQUE_BY_EMAIL: 'false' },
  guarded: { REDIRECT_HOSTS: 'partner.example,*.partner.example' },
  busy: { MAX_IN_FLIGHT: '1' },
  narrow: { PARTNER_CONCURRENCY: '1' },
  /** For the row that fills it up. */
  crowded: { PARTNER_CONCURRENCY: '1' },
  /** Nothing listens on the discard port. Three calls fit in, the last at 1,125 ms at the latest; a fourth never does. */
  partnerAway: { PARTNER_URL: 'http://127.0.0.1:9', REQUEST_DEADLINE_MS: '1500' },
  /** For the row that breaks its table. */
  broken: {},
  /** For the rows that take its database away. */
  cutOff: {},
  cutOffAndLimited: { RATE_LIMIT_EMAIL: '1/hour' },
  verifying: { VERIFICATION: 'hs256', VERIFICATION_SECRET: 'the secret of the code verification' },
  limitedByEmail: { RATE_LIMIT_EMAIL: '1/hour' },
  limited: { RATE_LIMIT_IP: '1/min', RATE_LIMIT_INTERNAL: '1/min', INTERNAL_API_KEYS: 'crm:0123456789abcdef' },
  proxied: { TRUSTED_PROXIES: '127.0.0.1' },
  known: { ALLOWED_ORIGINS: 'https://www.example.com', INTERNAL_API_KEYS: 'crm:0123456789abcdef' },
} as const satisfies Record<string, Environment>

export type World = keyof typeof WORLDS
