import { expect } from 'vitest'
import {
  ANY_UUID,
  between,
  linkTo,
  pending,
  REST_OF_LEASE_MS,
  rejectedWith,
  retryableWith,
  succeeded,
} from './expected-responses.ts'
import type { RouteCase } from './route-case.ts'

const PARTNER_UNAVAILABLE = 'The registration service cannot be reached at the moment. Please try again shortly.'
const ONE_MINUTE_MS = 60_000
/** The longest pause for a partner, minus the time since. */
const UP_TO_AN_HOUR_MS = between(1_000_000, 3_600_000)

/** No usable answer, or a call that was certainly not processed. */
export const UNKNOWN_OUTCOMES: RouteCase[] = [
  {
    title: 'after a server error the call is repeated, since the partner refuses a second account',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'server-error-500', { times: 1 }),
    expected: succeeded(linkTo('/deposit')),
    rows: [{ status: 'succeeded', attempts: 2 }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    title: '"already registered" after an unknown outcome means that the own account exists without a link',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'server-error-500-after-creating', { times: 1 }),
    expected: succeeded(null),
    rows: [{ status: 'succeeded_without_link', attempts: 2, rejection_code: null }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    title: '"already registered" after an unknown outcome is a rejection if an earlier registration has the account',
    async arrange({ server, client, request, email }) {
      await client.orchestrateRegistration({ ...request, idempotencyKey: `${email} earlier` })
      server.partner.misbehave(email, 'server-error-500', { times: 1 })
    },
    expected: rejectedWith(400, 'ALREADY_REGISTERED', 'This e-mail is already registered', {
      registrationId: ANY_UUID,
    }),
    rows: [{ status: 'succeeded' }, { status: 'rejected', attempts: 2 }],
    partner: { calls: 3, accounts: 1 },
  },
  {
    title: '"multiple accounts" after an unknown outcome makes the registration stuck',
    arrange({ server, email }) {
      server.partner.misbehave(email, 'server-error-500', { times: 1 })
      server.partner.misbehave(email, 'multiple-accounts')
    },
    expected: pending(ONE_MINUTE_MS),
    rows: [{ status: 'stuck', stuck_reason: 'MULTIPLE_ACCOUNTS_AFTER_UNKNOWN', attempts: 2 }],
    partner: { calls: 2, accounts: 0 },
  },
  {
    title: 'a rejection in unknown words after an unknown outcome makes the registration stuck and keeps the sentence',
    arrange({ server, email }) {
      server.partner.misbehave(email, 'server-error-500-after-creating', { times: 1 })
      server.partner.misbehave(email, 'rejected', { message: 'Code 1742' })
    },
    expected: pending(ONE_MINUTE_MS),
    rows: [{ status: 'stuck', stuck_reason: 'REJECTED_AFTER_UNKNOWN', partner_message: 'Code 1742', attempts: 2 }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    title: '"already registered" after an unknown outcome is recognized in Russian, too',
    arrange({ server, email }) {
      server.partner.misbehave(email, 'server-error-500-after-creating', { times: 1 })
      server.partner.misbehave(email, 'rejected', { message: 'Пользователь с таким e-mail уже зарегистрирован' })
    },
    expected: succeeded(null),
    rows: [{ status: 'succeeded_without_link', stuck_reason: null, attempts: 2 }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    title: 'a call with an unknown outcome is not repeated if the partner could create a second account',
    server: 'notUniqueByEmail',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'server-error-500-after-creating'),
    expected: pending(ONE_MINUTE_MS),
    rows: [{ status: 'stuck', stuck_reason: 'NOT_UNIQUE_BY_EMAIL', attempts: 1 }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    title: 'a lost answer gives PENDING if the lease outlasts the request deadline',
    server: 'shortDeadline',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'reset-after-creating', { times: 1 }),
    expected: pending(REST_OF_LEASE_MS),
    rows: [{ status: 'uncertain', attempts: 1, uncertain_since: expect.any(Date) }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    title: 'a 504 of a gateway gives PENDING, since the partner may still be working',
    server: 'shortDeadline',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'server-error-504', { times: 1 }),
    expected: pending(REST_OF_LEASE_MS),
    rows: [{ status: 'uncertain', attempts: 1, lease_until: expect.any(Date) }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    title: 'after a 429 the call is repeated when the Retry-After pause is over',
    arrange: ({ server, email }) =>
      server.partner.misbehave(email, 'too-many-requests', { times: 1, retryAfterSeconds: 0 }),
    expected: succeeded(linkTo('/deposit')),
    rows: [{ status: 'succeeded', attempts: 2, uncertain_since: null }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    title: 'a Retry-After beyond the request deadline releases the registration',
    server: 'partnerPaused',
    transport: 'REST',
    // More than any column can hold.
    arrange: ({ server, email }) => server.partner.misbehave(email, 'too-many-requests', { retryAfterSeconds: 1e18 }),
    expected: retryableWith(502, 'PARTNER_UNAVAILABLE', PARTNER_UNAVAILABLE, UP_TO_AN_HOUR_MS, {
      registrationId: ANY_UUID,
    }),
    rows: [{ status: 'released', attempts: 1, next_attempt_at: null }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    title:
      'during the pause that the partner asked for no registration is created, and retryAfterMs says how long it lasts',
    server: 'partnerPaused',
    transport: 'tRPC',
    expected: retryableWith(502, 'PARTNER_UNAVAILABLE', PARTNER_UNAVAILABLE, UP_TO_AN_HOUR_MS),
    partner: { calls: 0, accounts: 0 },
  },
  {
    title: 'refused connections to the partner release the registration',
    server: 'partnerDown',
    async send({ client, request }) {
      // On a busy machine the short deadline may give PENDING first; then the request is repeated.
      let reply = await client.orchestrateRegistration(request)
      while (reply.status === 202) reply = await client.orchestrateRegistration(request)
      return reply
    },
    expected: retryableWith(502, 'PARTNER_UNAVAILABLE', PARTNER_UNAVAILABLE, 2_000, { registrationId: ANY_UUID }),
    rows: [{ status: 'released', rejection_code: null }],
    partner: { calls: 0, accounts: 0 },
  },
]
