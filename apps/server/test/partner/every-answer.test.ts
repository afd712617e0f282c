import type { Socket } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createPartner } from '../../src/partner/create-partner.ts'
import type { PartnerCall, PartnerResult } from '../../src/registration/partner.ts'
import { settlementOf } from '../../src/registration/settlement.ts'
import { startRawServer } from '../support/raw-server.ts'

const LINK = 'https://partner.example/deposit'
const account = { success: true, domain: 'partner.example', deposit: '/deposit', login: 7 }

const sentences = fc.constantFrom(
  'Not from your country',
  'Already registered',
  'Forbidden',
  'Conflict',
  '403 Forbidden',
  '',
)
/** JSON bodies of partners, frameworks and gateways, and some that nobody sends. */
const bodies = fc
  .oneof(
    fc.constantFrom<unknown>(account, { ...account, success: undefined }, { success: true }, { success: false }),
    sentences.map((error) => ({ success: false, error })),
    sentences.map((message) => ({ message })),
    sentences.map((message) => ({ message: [message], error: '' })),
    sentences.map((detail) => ({ title: '', detail })),
    sentences.map((email) => ({ errors: { email: [email] } })),
    fc.constantFrom<unknown>({ oops: [1] }, {}, [], [account], null, 'ok', 7),
    fc.constant({ message: 'Another request is in progress' }),
  )
  .map((body) => JSON.stringify(body))
const texts = fc.oneof(
  { weight: 6, arbitrary: bodies },
  fc.constantFrom('', '<html><h1>Error</h1></html>', 'upstream request timeout', '{"success":tr'),
)

/** Where an answer is truncated; `nowhere` is complete. */
const CUTS = [
  'nowhere',
  'before the head',
  'in the head',
  'before the body',
  'in the body',
  'by a reset',
  'at its end',
  'in its last chunk',
] as const
type Cut = (typeof CUTS)[number]

const cases = fc.record({ status: fc.integer({ min: 100, max: 599 }), body: texts, cut: fc.constantFrom(...CUTS) })
interface Case {
  status: number
  body: string
  cut: Cut
}

function sendAnswer(socket: Socket, { status, body, cut }: Case): void {
  const head = `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\n`
  const framed = (length: number) => `${head}content-length: ${length}\r\n\r\n`
  const bytes = Buffer.byteLength(body)
  const whole = `${framed(bytes)}${body}`
  switch (cut) {
    case 'nowhere':
      return void socket.end(whole)
    case 'before the head':
      return void socket.end()
    case 'in the head':
      return void socket.end(head)
    case 'before the body':
      return void socket.end(framed(bytes + 1))
    case 'in the body':
      return void socket.end(`${framed(bytes + 1)}${body.slice(0, body.length / 2)}`)
    case 'by a reset':
      return void socket.write(`${framed(bytes + 1)}${body.slice(0, body.length / 2)}`, () => socket.resetAndDestroy())
    case 'at its end':
      return void socket.end(`${framed(bytes + 2)}${body}`)
    case 'in its last chunk':
      return void socket.end(
        `${head}transfer-encoding: chunked\r\n\r\n${bytes > 0 ? `${bytes.toString(16)}\r\n${body}\r\n` : ''}`,
      )
  }
}

type Outcome = 'not processed' | 'rejected' | 'success' | 'success without link' | 'unknown' | 'unknown, lease goes on'

/** A second implementation of the table in docs/when-things-die.md. */
function expectedOf({ status, body, cut }: Case): Outcome {
  const answer = objectOf(body)
  const isSuccess = status >= 200 && status < 300
  const hasLink = isSuccess && answer?.['success'] !== false && answer?.['deposit'] !== undefined
  const hasArrived = cut === 'nowhere' || cut === 'at its end' || cut === 'in its last chunk'
  if (hasArrived && hasLink) return 'success'
  // No final answer has a status below 200, and 204 and 304 have no body that could be truncated.
  const isWhole =
    cut === 'nowhere' || ((status === 204 || status === 304) && cut !== 'before the head' && cut !== 'in the head')
  if (!isWhole || status < 200) return 'unknown, lease goes on'
  if (status === 429) return 'not processed'
  if ([408, 425, 460, 499].includes(status) || status >= 502) return 'unknown, lease goes on'
  if (status >= 500 || (status >= 300 && status < 400) || status === 204 || answer === undefined) return 'unknown'
  const said = JSON.stringify(answer)
  if (status === 409 && said.includes('in progress')) return 'unknown, lease goes on'
  if (answer['success'] === false) return 'rejected'
  if (isSuccess) return answer['success'] === true ? 'success without link' : 'unknown'
  const isSentence = /Not from|Already|in progress|Forbidden|Conflict/.test(said)
  const isName = (status === 403 && said.includes('Forbidden')) || (status === 409 && said.includes('Conflict'))
  if (said.includes('Already registered')) return 'rejected'
  return [400, 402, 403, 409, 410, 422, 451].includes(status) && isSentence && !isName ? 'rejected' : 'unknown'
}

function objectOf(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function outcomeOf(result: PartnerResult): Outcome {
  switch (result.kind) {
    case 'not-processed':
      return 'not processed'
    case 'rejected':
      return 'rejected'
    case 'accepted':
      return result.depositUrl === null ? 'success without link' : 'success'
    case 'unknown':
      return result.answeredCompletely ? 'unknown' : 'unknown, lease goes on'
  }
}

const call: PartnerCall = {
  registrationId: '019a0000-0000-7000-8000-000000000001',
  email: 'ann@example.com',
  visitorId: 'visitor-1',
  clientIp: null,
  trafficParams: {},
  maySend: () => true,
}
const context = { attempt: 1, earlierAccount: false, mayProbe: true }
const pauses = { next: () => 100 }

it('answers of every status and body, truncated anywhere, have the documented result and settlement', {
  timeout: 120_000,
}, async () => {
  let next: Case | undefined
  await using server = await startRawServer((socket) => next && sendAnswer(socket, next))
  const partner = createPartner({
    url: `http://${server.host}`,
    timeoutMs: 60_000,
    connections: 1,
    isAllowedHost: () => true,
  })
  const check = async (one: Case) => {
    next = one
    const requests = server.received.length
    const result = await partner.register(call)
    expect(outcomeOf(result), JSON.stringify({ ...one, result })).toBe(expectedOf(one))
    if (result.kind === 'accepted' && result.depositUrl !== null) expect(result.depositUrl).toBe(LINK)
    // The call is sent once. `received` has one entry per connection, which may be reused.
    expect(server.received.length - requests).toBeLessThanOrEqual(1)

    for (const probing of [false, true]) {
      const settlement = settlementOf(result, { ...context, probing }, pauses)
      const mayStillWork = expectedOf(one) === 'unknown, lease goes on'
      // Without a complete answer the call may still be in progress, so the lease goes on.
      if (mayStillWork) expect(settlement).toMatchObject({ to: 'uncertain', leaseIsOver: false })
      if (expectedOf(one) === 'unknown') expect(settlement).toMatchObject({ to: 'uncertain', leaseIsOver: true })
      // A rejected probe does not prove that there is no account.
      if (probing) expect(settlement.to).not.toBe('rejected')
    }
  }
  // Each status at least once, with the most important bodies.
  for (let status = 100; status <= 599; status++) {
    for (const body of [account, { success: false, message: 'No' }, { message: 'Not from your country' }]) {
      await check({ status, body: JSON.stringify(body), cut: 'nowhere' })
    }
  }
  await fc.assert(fc.asyncProperty(cases, check), { numRuns: 1_500, seed: 1 })
  await partner.close()
})
