import { expect } from 'vitest'
import type { TestResponse } from '../support/transport-client.ts'
import { linkTo, retryableWith, succeeded } from './expected-responses.ts'
import type { RouteCase, RouteContext } from './route-case.ts'
import { SERVERS } from './servers.ts'

const OVERLOADED = 'There are too many registrations at the moment. Please try again shortly.'
const DATABASE_UNAVAILABLE = 'Registrations cannot be saved at the moment. Please try again shortly.'
const NOTHING = { calls: 0, accounts: 0 }

/** Sends while calls for other visitors are in progress at the partner. `send` gets a function that lets the partner answer. */
async function sendDuringOtherCalls(
  { server, client, request, email }: RouteContext,
  others: number,
  send: (answer: () => void) => Promise<TestResponse>,
): Promise<TestResponse> {
  const answer = Promise.withResolvers<void>()
  const emails = Array.from({ length: others }, (_, other) => `${other}-${email}`)
  for (const other of emails) server.partner.misbehave(other, 'slow', { until: answer.promise })
  const begun = emails.map((other) =>
    client.orchestrateRegistration({ ...request, email: other, idempotencyKey: other }),
  )
  try {
    await server.partner.ledger.until((ledger) => ledger.calls.some((call) => call.email.endsWith(`-${email}`)))
    return await send(answer.resolve)
  } finally {
    answer.resolve()
    await Promise.all(begun)
  }
}

/** Registers while there is no free partner slot, and frees one once the request is queued. */
async function sendBeforeSlotIsFree(context: RouteContext, answer: () => void): Promise<TestResponse> {
  const headers = { authorization: `Bearer ${SERVERS.onePartnerSlot.OPERATOR_API_KEYS.slice('ann:'.length)}` }
  const reply = context.client.orchestrateRegistration(context.request)
  const early = reply.then(() => Promise.reject(new Error('It was answered without waiting.')))
  const waiting = expect
    .poll(async () => (await fetch(`${context.server.url}/metrics`, { headers })).text(), { interval: 20 })
    .toContain('registration_partner_slots{state="waiting"} 1')
  await Promise.race([waiting, early])
  early.catch(() => undefined)
  answer()
  return reply
}

/** The server can't work or has reached a limit. It doesn't call the partner. */
export const OUTAGES: RouteCase[] = [
  {
    title: 'a request beyond MAX_IN_FLIGHT gets OVERLOADED',
    server: 'oneInFlight',
    send: (context) => sendDuringOtherCalls(context, 1, () => context.client.orchestrateRegistration(context.request)),
    expected: retryableWith(503, 'OVERLOADED', OVERLOADED, 1_000),
    partner: NOTHING,
  },
  {
    title: 'a request waits for a partner slot that soon becomes free',
    server: 'onePartnerSlot',
    send: (context) => sendDuringOtherCalls(context, 1, (answer) => sendBeforeSlotIsFree(context, answer)),
    expected: succeeded(linkTo('/deposit')),
    rows: [{ status: 'succeeded' }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    title: 'a request without a partner slot gets OVERLOADED, and no intent is written',
    server: 'onePartnerSlot',
    send: (context) => sendDuringOtherCalls(context, 3, () => context.client.orchestrateRegistration(context.request)),
    expected: retryableWith(503, 'OVERLOADED', OVERLOADED, 1_000),
    partner: NOTHING,
  },
  {
    title: 'a repeated key is replayed while no partner slot is free',
    server: 'onePartnerSlot',
    arrange: ({ client, request }) => client.orchestrateRegistration(request),
    send: (context) => sendDuringOtherCalls(context, 3, () => context.client.orchestrateRegistration(context.request)),
    expected: succeeded(linkTo('/deposit'), { replayed: true }),
    rows: [{ status: 'succeeded' }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    title: 'a request that failed before its registration was created does not count against the e-mail’s limit',
    server: 'oncePerEmail',
    async arrange({ server, client, request }) {
      await server.databaseProxy.disable()
      await client.orchestrateRegistration(request)
      await server.databaseProxy.enable()
    },
    expected: succeeded(linkTo('/deposit')),
    rows: [{ status: 'succeeded' }],
    partner: { calls: 1, accounts: 1 },
  },
  {
    title: 'an unexpected error gives INTERNAL with a fixed sentence',
    arrange: ({ server, email }) =>
      server.database.query(`alter table registrations add check (email <> '${email}') not valid`),
    expected: retryableWith(500, 'INTERNAL', 'Something went wrong on our side. Please try again.', 1_000),
    partner: NOTHING,
  },
  {
    title: 'during a database outage a request gets DATABASE_UNAVAILABLE, and the partner is not called',
    server: 'databaseDown',
    arrange: ({ server }) => server.databaseProxy.disable(),
    expected: retryableWith(503, 'DATABASE_UNAVAILABLE', DATABASE_UNAVAILABLE, 1_000),
    partner: NOTHING,
  },
  {
    title: 'during a database outage a status request gets DATABASE_UNAVAILABLE',
    server: 'databaseDown',
    async arrange({ server, client, request }) {
      await server.databaseProxy.enable()
      await client.orchestrateRegistration(request)
      await server.databaseProxy.disable()
    },
    send: ({ client, request }) => client.registrationStatus({ idempotencyKey: request.idempotencyKey ?? '' }),
    expected: retryableWith(503, 'DATABASE_UNAVAILABLE', DATABASE_UNAVAILABLE, 1_000),
    rows: [{ status: 'succeeded' }],
    partner: { calls: 1, accounts: 1 },
  },
]
