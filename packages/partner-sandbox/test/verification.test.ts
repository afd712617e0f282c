import { jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningPartnerSandbox, startPartnerSandbox } from '../src/index.ts'

const verificationSecret = 'a secret that the server knows too'
let running: RunningPartnerSandbox
beforeAll(async () => {
  running = await startPartnerSandbox({ verificationSecret })
})
afterAll(() => running.close())

const post = async (route: string, body: object) => {
  const response = await fetch(`${running.url}/verification/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'https://page.example' },
    body: JSON.stringify(body),
  })
  const answer: unknown = await response.json()
  return { status: response.status, cors: response.headers.get('access-control-allow-origin'), answer: Object(answer) }
}

it('trades the code for a signed proof of the e-mail that lasts ten minutes', async () => {
  const sent = await post('send-code', { email: 'Ann@example.com' })
  expect(sent).toEqual({ status: 200, cors: '*', answer: { sent: true, code: expect.stringMatching(/^\d{6}$/) } })

  const confirmed = await post('confirm-code', { email: ' ann@example.com', code: sent.answer.code })
  expect([confirmed.status, confirmed.cors]).toEqual([200, '*'])
  const key = new TextEncoder().encode(verificationSecret)
  const { payload, protectedHeader } = await jwtVerify(confirmed.answer.verificationToken, key)
  expect(protectedHeader).toEqual({ alg: 'HS256' })
  expect(payload).toEqual({ email: 'ann@example.com', iat: expect.any(Number), exp: (payload.iat ?? 0) + 600 })
})

it.each(['000', ''])('refuses the wrong code %j', async (code) => {
  await post('send-code', { email: 'ann@example.com' })
  const refused = await post('confirm-code', { email: 'ann@example.com', code })
  expect(refused).toEqual({ status: 400, cors: '*', answer: { message: 'This code is wrong.' } })
})

it('takes a code only once, and only with its e-mail', async () => {
  const { answer } = await post('send-code', { email: 'ann@example.com' })
  expect((await post('confirm-code', { email: 'bob@example.com', code: answer.code })).status).toBe(400)
  expect((await post('confirm-code', { email: 'ann@example.com', code: answer.code })).status).toBe(200)
  expect((await post('confirm-code', { email: 'ann@example.com', code: answer.code })).status).toBe(400)
})

it('asks for an e-mail address before it sends a code', async () => {
  expect(await post('send-code', { email: 'ann' })).toMatchObject({ status: 400 })
})

it("lets any page's preflight request through", async () => {
  const response = await fetch(`${running.url}/verification/send-code`, {
    method: 'OPTIONS',
    headers: { origin: 'https://page.example', 'access-control-request-method': 'POST' },
  })
  expect(response.status).toBe(204)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-allow-headers': '*',
  })
})
