import { expect } from 'vitest'
import { AFTER_THE_LEASE, AN_ID, between, linkTo, pending, postponed, refused, succeeded } from './replies.ts'
import type { Row } from './row.ts'

const PARTNER_UNAVAILABLE = 'The registration service cannot be reached at the moment. Please try again shortly.'
const ASK_IN_A_MINUTE = 60_000
/** The longest that a partner is left alone, less what has passed of it. */
const FOR_AN_HOUR = between(1_000_000, 3_600_000)

/** No usable answer came back, or the partner certainly did nothing. */
export const UNKNOWNS: Row[] = [
  {
    it: 'asks again after a server error, since a second call cannot make a second account',
    before: ({ server, email }) => server.partner.misbehave(email, 'server-error-500', { times: 1 }),
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ status: 'succeeded', attempts: 2 }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    it: 'takes "already registered" after an unknown outcome for its own account, whose link is lost',
    before: ({ server, email }) => server.partner.misbehave(email, 'server-error-500-after-creating', { times: 1 }),
    reply: succeeded(null),
    onFile: [{ status: 'succeeded_without_link', attempts: 2, rejection_code: null }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    it: 'takes "already registered" at its word where an earlier registration shows the account',
    async before({ server, client, request, email }) {
      await client.orchestrateRegistration({ ...request, idempotencyKey: `${email} earlier` })
      server.partner.misbehave(email, 'server-error-500', { times: 1 })
    },
    reply: refused(400, 'ALREADY_REGISTERED', 'This e-mail is already registered', { registrationId: AN_ID }),
    onFile: [{ status: 'succeeded' }, { status: 'rejected', attempts: 2 }],
    partner: { calls: 3, accounts: 1 },
  },
  {
    it: 'leaves "multiple accounts" after an unknown outcome to a person',
    before({ server, email }) {
      server.partner.misbehave(email, 'server-error-500', { times: 1 })
      server.partner.misbehave(email, 'multiple-accounts')
    },
    reply: pending(ASK_IN_A_MINUTE),
    onFile: [{ status: 'stuck', stuck_reason: 'MULTIPLE_ACCOUNTS_AFTER_UNKNOWN', attempts: 2 }],
    partner: { calls: 2, accounts: 0 },
  },
  {
    it: 'leaves a refusal after an unknown outcome, in words that nobody knows, to a person, with the sentence',
    before({ server, email }) {
      server.partner.misbehave(email, 'server-error-500-after-creating', { times: 1 })
      server.partner.misbehave(email, 'rejected', { message: 'Code 1742' })
    },
    reply: pending(ASK_IN_A_MINUTE),
    onFile: [{ status: 'stuck', stuck_reason: 'REJECTED_AFTER_UNKNOWN', partner_message: 'Code 1742', attempts: 2 }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    it: 'knows that an e-mail has an account in another language, too',
    before({ server, email }) {
      server.partner.misbehave(email, 'server-error-500-after-creating', { times: 1 })
      server.partner.misbehave(email, 'rejected', { message: 'Пользователь с таким e-mail уже зарегистрирован' })
    },
    reply: succeeded(null),
    onFile: [{ status: 'succeeded_without_link', stuck_reason: null, attempts: 2 }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    it: 'never repeats an unknown call where that could make a second account',
    world: 'notUniqueByEmail',
    before: ({ server, email }) => server.partner.misbehave(email, 'server-error-500-after-creating'),
    reply: pending(ASK_IN_A_MINUTE),
    onFile: [{ status: 'stuck', stuck_reason: 'NOT_UNIQUE_BY_EMAIL', attempts: 1 }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    it: 'says PENDING where the answer is lost and the next call must wait for the lease to end',
    world: 'hasty',
    before: ({ server, email }) => server.partner.misbehave(email, 'reset-after-creating', { times: 1 }),
    reply: pending(AFTER_THE_LEASE),
    onFile: [{ status: 'uncertain', attempts: 1, uncertain_since: expect.any(Date) }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    it: 'says PENDING where a gateway gives up, since the partner behind it may still be at work',
    world: 'hasty',
    before: ({ server, email }) => server.partner.misbehave(email, 'server-error-504', { times: 1 }),
    reply: pending(AFTER_THE_LEASE),
    onFile: [{ status: 'uncertain', attempts: 1, lease_until: expect.any(Date) }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    it: 'comes back after the pause that the partner asks for',
    before: ({ server, email }) =>
      server.partner.misbehave(email, 'too-many-requests', { times: 1, retryAfterSeconds: 0 }),
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ status: 'succeeded', attempts: 2, uncertain_since: null }],
    partner: { calls: 2, accounts: 1 },
  },
  {
    it: 'gives up, with nothing done, where the partner asks for more patience than the caller has',
    world: 'leftAlone',
    door: 'REST',
    // More than any column can say.
    before: ({ server, email }) => server.partner.misbehave(email, 'too-many-requests', { retryAfterSeconds: 1e18 }),
    reply: postponed(502, 'PARTNER_UNAVAILABLE', PARTNER_UNAVAILABLE, FOR_AN_HOUR, { registrationId: AN_ID }),
    onFile: [{ status: 'released', attempts: 1, next_attempt_at: null }],
    partner: { calls: 1, accounts: 0 },
  },
  {
    it: 'writes nothing as long as the partner asks to be left alone, and says for how long',
    world: 'leftAlone',
    door: 'tRPC',
    reply: postponed(502, 'PARTNER_UNAVAILABLE', PARTNER_UNAVAILABLE, FOR_AN_HOUR),
    partner: { calls: 0, accounts: 0 },
  },
  {
    it: 'gives up, with nothing done, where nothing listens',
    world: 'partnerAway',
    async send({ client, request }) {
      // The deadline is short, and a busy machine may take longer: the answer is PENDING then, and asked for again.
      let reply = await client.orchestrateRegistration(request)
      while (reply.status === 202) reply = await client.orchestrateRegistration(request)
      return reply
    },
    reply: postponed(502, 'PARTNER_UNAVAILABLE', PARTNER_UNAVAILABLE, 2_000, { registrationId: AN_ID }),
    onFile: [{ status: 'released', rejection_code: null }],
    partner: { calls: 0, accounts: 0 },
  },
]
