import type { Environment } from '../../src/config/load-config.ts'

/** The servers that rows are sent to, by what differs from the usual one. */
export const WORLDS = {
  usual: {},
  /** Nothing may ever come of what is sent here. */
  pristine: {},
  /** Its callers get an answer before the lease of a call that was lost runs out, which is after 58.5 s. */
  hasty: { PARTNER_TIMEOUT_MS: '26000', REQUEST_DEADLINE_MS: '40000' },
  /** A partner that asks for a pause asks for more patience than callers have here. */
  impatient: { REQUEST_DEADLINE_MS: '600' },
  /** Whose partner asks to be left alone for good. */
  leftAlone: {},
  notUniqueByEmail: { PARTNER_UNIQUE_BY_EMAIL: 'false' },
  busy: { MAX_IN_FLIGHT: '1' },
  narrow: { PARTNER_CONCURRENCY: '1', OPERATOR_API_KEYS: 'ann:0123456789abcdef' },
  /** Nothing listens on the discard port. Two calls fit in, the second at 375 ms at the latest; a third never does. */
  partnerAway: { PARTNER_URL: 'http://127.0.0.1:9', REQUEST_DEADLINE_MS: '600' },
  /** For the rows that take its database away. */
  cutOff: {},
  limitedByEmail: { RATE_LIMIT_EMAIL: '1/hour' },
  twiceByEmail: { RATE_LIMIT_EMAIL: '2/hour' },
  verifying: { VERIFICATION: 'hs256', VERIFICATION_SECRET: 'the secret of the code verification' },
  /** Nothing listens on the discard port. */
  keysAway: { VERIFICATION: 'jwks', VERIFICATION_JWKS_URL: 'http://127.0.0.1:9/keys' },
  limited: { RATE_LIMIT_IP: '1/min', RATE_LIMIT_INTERNAL: '1/min', INTERNAL_API_KEYS: 'crm:0123456789abcdef' },
  proxied: { TRUSTED_PROXIES: '127.0.0.1' },
  known: {
    ALLOWED_ORIGINS: 'https://www.example.com',
    INTERNAL_API_KEYS: 'crm:0123456789abcdef',
    REDIRECT_HOSTS: 'partner.example,*.partner.example',
  },
} as const satisfies Record<string, Environment>

export type World = keyof typeof WORLDS
