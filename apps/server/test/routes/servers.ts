import type { Environment } from '../../src/config/load-config.ts'

/** The servers of the cases, by what differs from the standard one. */
export const SERVERS = {
  standard: {},
  /** No request to it may reach the partner. */
  untouched: {},
  /** Callers get a response before the lease of a lost call ends, which is after 58.5 s. */
  shortDeadline: { PARTNER_TIMEOUT_MS: '26000', REQUEST_DEADLINE_MS: '40000' },
  /** Every pause that the partner asks for is longer than the deadline. */
  shortPatience: { REQUEST_DEADLINE_MS: '600' },
  /** For the cases in which the partner asks for a very long pause. */
  partnerPaused: {},
  notUniqueByEmail: { PARTNER_UNIQUE_BY_EMAIL: 'false' },
  oneInFlight: { MAX_IN_FLIGHT: '1' },
  onePartnerSlot: { PARTNER_CONCURRENCY: '1', OPERATOR_API_KEYS: 'ann:0123456789abcdef' },
  /** Nothing listens on the discard port. Two calls fit in, the second at 375 ms at the latest; a third never does. */
  partnerDown: { PARTNER_URL: 'http://127.0.0.1:9', REQUEST_DEADLINE_MS: '600' },
  /** For the cases in which the database is unavailable. */
  databaseDown: {},
  oncePerEmail: { RATE_LIMIT_EMAIL: '1/hour' },
  twicePerEmail: { RATE_LIMIT_EMAIL: '2/hour' },
  hs256: { VERIFICATION: 'hs256', VERIFICATION_SECRET: 'the secret of the code verification' },
  /** Nothing listens on the discard port. */
  jwksDown: { VERIFICATION: 'jwks', VERIFICATION_JWKS_URL: 'http://127.0.0.1:9/keys' },
  limited: { RATE_LIMIT_IP: '1/min', RATE_LIMIT_INTERNAL: '1/min', INTERNAL_API_KEYS: 'crm:0123456789abcdef' },
  behindProxy: { TRUSTED_PROXIES: '127.0.0.1' },
  withAllowLists: {
    ALLOWED_ORIGINS: 'https://www.example.com',
    INTERNAL_API_KEYS: 'crm:0123456789abcdef',
    REDIRECT_HOSTS: 'partner.example,*.partner.example',
  },
} as const satisfies Record<string, Environment>

export type ServerName = keyof typeof SERVERS
