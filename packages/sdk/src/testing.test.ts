import { FAILURES } from '@registration/shared'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { oneAttempt } from '../test/support/one-attempt.ts'
import { orchestrateRegistration } from './orchestrate-registration.ts'
import { type RegistrationOutcome, registrationHandlers } from './testing.ts'
import { warm } from './warm.ts'

const endpoint = 'https://reg.example.com'
const server = setupServer()

beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => {
  server.resetHandlers()
  vi.restoreAllMocks()
})
afterAll(() => server.close())

let visitors = 0
function register() {
  return orchestrateRegistration(`visitor-${++visitors}@example.com`, 'Ann', {}, 'v-1', { endpoint })
}

it.each<[RegistrationOutcome, object]>([
  ['REGISTERED', { replayed: false }],
  ['REPLAYED', { replayed: true }],
  ['PENDING_THEN_REGISTERED', { replayed: false }],
])('plays %s', async (outcome, expected) => {
  server.use(...registrationHandlers(outcome, { depositUrl: 'https://partner.example/in', userData: { login: 7 } }))
  await expect(register()).resolves.toMatchObject({
    depositUrl: 'https://partner.example/in',
    userData: { email: `visitor-${visitors}@example.com`, name: 'Ann', visitorId: 'v-1', login: 7 },
    ...expected,
  })
})

const FAILING = [...Object.keys(FAILURES), 'PENDING', 'LINK_UNAVAILABLE', 'NETWORK'] as RegistrationOutcome[]

it.each(FAILING)('plays %s', async (outcome) => {
  oneAttempt()
  server.use(...registrationHandlers(outcome, { endpoint: `${endpoint}/` }))
  await expect(register()).rejects.toMatchObject({ code: outcome })
})

it('plays a rejection with its own sentence', async () => {
  server.use(...registrationHandlers('ALREADY_REGISTERED', { error: 'already exists' }))
  await expect(register()).rejects.toThrow('already exists')
})

it('plays SILENCE, which only an aborted wait ends', async () => {
  server.use(...registrationHandlers('SILENCE'))
  const leaving = new AbortController()
  const registration = orchestrateRegistration('silent@example.com', '', {}, 'v', {
    endpoint,
    signal: leaving.signal,
    onStatus: (status) => status === 'sending' && leaving.abort(),
  })
  await expect(registration).rejects.toMatchObject({ code: 'ABORTED' })
})

it('plays the warming up', async () => {
  const answered: string[] = []
  server.events.on('response:mocked', ({ request }) => void answered.push(request.method))
  server.use(...registrationHandlers('REGISTERED'))
  await warm({ endpoint })
  expect(answered.filter((method) => method === 'HEAD')).toHaveLength(1)
})
