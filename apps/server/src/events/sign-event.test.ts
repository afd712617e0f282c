import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { expect, it } from 'vitest'
import { signEvent } from './sign-event.ts'

const aSecret = () => `whsec_${randomBytes(32).toString('base64')}`
const body = '{"id":"é"}'
const now = () => Math.floor(Date.now() / 1_000)

it('an endpoint accepts a signature with either of two secrets, and no other', () => {
  const [old, young] = [aSecret(), aSecret()]
  const headers = { ...signEvent([old, young], 'event-1', now(), body) }
  for (const secret of [old, young]) expect(new Webhook(secret).verify(body, headers)).toEqual({ id: 'é' })
  expect(() => new Webhook(aSecret()).verify(body, headers)).toThrow('No matching signature')
  expect(() => new Webhook(old).verify(`${body} `, headers)).toThrow('No matching signature')
  expect(() => new Webhook(old).verify(body, { ...headers, 'webhook-id': 'event-2' })).toThrow('No matching signature')
})

it('the signature equals the library’s', () => {
  const secret = aSecret()
  const at = now()
  expect(signEvent([secret], 'event-1', at, body)['webhook-signature']).toBe(
    new Webhook(secret).sign('event-1', new Date(at * 1_000), body),
  )
})

it('an old signature is rejected', () => {
  const secret = aSecret()
  const headers = { ...signEvent([secret], 'event-1', now() - 301, body) }
  expect(() => new Webhook(secret).verify(body, headers)).toThrow('too old')
})
