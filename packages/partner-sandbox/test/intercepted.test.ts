import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createPartnerSandbox } from '../src/index.ts'
import { register } from './support/register.ts'

const PARTNER = 'http://partner.test'
const sandbox = createPartnerSandbox()
const server = setupServer(...sandbox.handlersAt(`${PARTNER}/`))
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => sandbox.reset())
afterAll(() => server.close())

it('opens one account for an e-mail, ignoring case and spaces, and refuses the second call in its own words', async () => {
  const first = await register(PARTNER, 'Ann@Example.com', { more: { custom_login_link: '/bonus' } })
  expect(first.status).toBe(200)
  expect(await first.json()).toEqual({
    success: true,
    domain: 'partner.example',
    login: 'user100001',
    password: 'pass-1',
    autologin: expect.stringMatching(/^https:\/\/partner\.example\/autologin\?token=\w+$/),
    deposit: expect.stringMatching(/^\/deposit\?token=\w+$/),
    main: expect.stringMatching(/^\/\?token=\w+$/),
    custom_login_link: expect.stringMatching(/^\/bonus\?token=\w+$/),
  })

  const second = await register(PARTNER, ' ann@example.COM ')
  expect(second.status).toBe(400)
  expect(await second.json()).toEqual({ message: 'This e-mail is already registered' })
  expect(sandbox.ledger.accountsOf('ANN@example.com')).toEqual([
    { email: 'Ann@Example.com', login: 'user100001', password: 'pass-1', createdAt: expect.any(Number), callId: 1 },
  ])
})

it('gives some logins as numbers', async () => {
  await register(PARTNER, 'ann@example.com')
  const second = await register(PARTNER, 'bob@example.com')
  expect(await second.json()).toMatchObject({ login: 100_002 })
})

it('records every call with its lower-cased headers, its body and the instants of its start and end', async () => {
  const headers = { 'Idempotency-Key': 'key-1', 'X-Visitor-Id': 'v' }
  await (await register(PARTNER, 'ann@example.com', { headers, more: { tag: 't' } })).text()
  const [call] = sandbox.ledger.callsOf('ann@example.com')
  expect(call).toMatchObject({
    id: 1,
    email: 'ann@example.com',
    headers: { 'idempotency-key': 'key-1', 'x-visitor-id': 'v' },
    body: { email: 'ann@example.com', tag: 't' },
    misbehaviour: null,
    status: 200,
  })
  expect(call?.endedAt).toBeGreaterThan(call?.startedAt ?? Number.POSITIVE_INFINITY)
  expect(sandbox.ledger.accounts[0]?.createdAt).toBeGreaterThanOrEqual(call?.startedAt ?? Number.POSITIVE_INFINITY)
})

it('tells calls for one e-mail that overlap from calls that follow each other', async () => {
  const bothCame = sandbox.ledger.until(({ calls }) => calls.length === 2)
  sandbox.misbehave('ann@example.com', 'slow', { until: bothCame })
  await Promise.all([register(PARTNER, 'ann@example.com'), register(PARTNER, 'ANN@example.com')])
  await (await register(PARTNER, 'bob@example.com')).text()
  await (await register(PARTNER, 'bob@example.com')).text()
  expect(sandbox.ledger.overlappingCalls()).toEqual([
    [expect.objectContaining({ id: 1 }), expect.objectContaining({ id: 2, email: 'ANN@example.com' })],
  ])
})

it.each([
  ['already-registered', 400, { message: 'This e-mail is already registered' }],
  ['already-exists', 400, { message: 'An account with this e-mail already exists' }],
  ['multiple-accounts', 400, { message: 'Multiple accounts are not allowed' }],
  ['rejected', 400, { message: 'Registration is not available in your country' }],
  ['success-false', 200, { success: false, message: 'Registration failed' }],
  ['server-error-500', 500, { message: 'Internal server error' }],
  ['too-many-requests', 429, { message: 'Too many requests' }],
] as const)('answers a new visitor tagged %s with %i and opens no account', async (name, status, body) => {
  const response = await register(PARTNER, `visitor+${name}@example.com`)
  expect(response.status).toBe(status)
  expect(await response.json()).toEqual(body)
  expect(sandbox.ledger.accounts).toEqual([])
})

it.each(['500', '502', '503', '504'] as const)(
  'fails with %s before or after it opened the account',
  async (status) => {
    const before = await register(PARTNER, `before+server-error-${status}@example.com`)
    const after = await register(PARTNER, `after+server-error-${status}-after-creating@example.com`)
    expect([before.status, after.status]).toEqual([Number(status), Number(status)])
    expect(sandbox.ledger.accounts.map(({ callId }) => callId)).toEqual([2])
  },
)

it('says when to come back with a 429', async () => {
  sandbox.misbehave('ann@example.com', 'too-many-requests', { retryAfterSeconds: 7 })
  expect((await register(PARTNER, 'ann@example.com')).headers.get('retry-after')).toBe('7')
})

it('redirects to a foreign host', async () => {
  const response = await register(PARTNER, 'ann+redirect@example.com', { redirect: 'manual' })
  expect([response.status, response.headers.get('location')]).toEqual([302, 'https://evil.example/register'])
})

it('answers HTML with 200', async () => {
  const response = await register(PARTNER, 'ann+html@example.com')
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html'])
  expect(sandbox.ledger.accounts).toHaveLength(0)
})

it('cuts the JSON short after it opened the account', async () => {
  const response = await register(PARTNER, 'ann+truncated-json@example.com')
  await expect(response.json()).rejects.toThrow(SyntaxError)
  expect(sandbox.ledger.accounts).toHaveLength(1)
})

it.each([
  ['missing-fields', ['deposit', 'domain', 'success']],
  ['no-link', ['domain', 'login', 'password', 'success']],
] as const)('leaves fields out when tagged %s', async (name, fields) => {
  const body: unknown = await (await register(PARTNER, `ann+${name}@example.com`)).json()
  expect(Object.keys(Object(body)).sort()).toEqual(fields)
})

it.each([
  ['only-autologin', { domain: '', deposit: '', main: '', custom_login_link: '' }],
  ['empty-strings', { login: '', password: '', deposit: '' }],
  ['numeric-login', { login: 1_234_567 }],
  ['extra-fields', { currency: 'EUR' }],
  ['link-userinfo', { domain: 'partner.example', deposit: '@evil.example/deposit' }],
  ['link-host-suffix', { deposit: '.evil.example/deposit' }],
  ['link-double-slash', { deposit: '//evil.example/deposit' }],
  ['link-foreign-domain', { domain: 'evil.example' }],
  ['link-domain-userinfo', { domain: 'evil.example@evil.example' }],
  ['link-javascript', { autologin: 'javascript:alert(document.domain)' }],
] as const)('damages the answer of a real account when tagged %s', async (name, damage) => {
  const response = await register(PARTNER, `ann+${name}@example.com`)
  expect(await response.json()).toMatchObject({ success: true, ...damage })
  expect(sandbox.ledger.accounts).toHaveLength(1)
})

it('answers again, or opens another account, where the partner is not unique by e-mail', async () => {
  const first = await (await register(PARTNER, 'ann@example.com')).json()
  sandbox.misbehave('ann@example.com', 'answer-again', { times: 1 })
  expect(await (await register(PARTNER, 'ann@example.com')).json()).toEqual(first)
  expect(sandbox.ledger.accountsOf('ann@example.com')).toHaveLength(1)

  sandbox.misbehave('ann@example.com', 'second-account', { times: 1 })
  expect(await (await register(PARTNER, 'ann@example.com')).json()).not.toEqual(first)
  expect(sandbox.ledger.accountsOf('ann@example.com')).toHaveLength(2)
})

it('opens the account of a slow call although the caller has left', async () => {
  const left = Promise.withResolvers<void>()
  sandbox.misbehave('ann@example.com', 'slow', { until: left.promise })
  const caller = new AbortController()
  const call = register(PARTNER, 'ann@example.com', { signal: caller.signal })
  await sandbox.ledger.until(({ calls }) => calls.length === 1)
  caller.abort()
  await expect(call).rejects.toThrow('aborted')
  expect(sandbox.ledger.accounts).toEqual([])
  left.resolve()
  await sandbox.ledger.until(({ accounts }) => accounts.length === 1)
})

it('refuses a call without an e-mail, and remembers what it was sent instead', async () => {
  const response = await fetch(`${PARTNER}/register`, { method: 'POST', body: 'not json' })
  expect([response.status, await response.json()]).toEqual([400, { message: 'The e-mail is required' }])
  expect(sandbox.ledger.calls[0]).toMatchObject({ email: '', body: 'not json', status: 400 })
})
