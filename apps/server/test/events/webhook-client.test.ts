import { expect, it, onTestFinished } from 'vitest'
import type { RegistrationEvent } from '../../src/events/event-outbox.ts'
import { createWebhookClient } from '../../src/events/webhook-client.ts'
import { freePort } from '../support/free-port.ts'
import { startEndpoint } from './start-endpoint.ts'

const event = { id: 'event-1' } as RegistrationEvent

function createClient() {
  const client = createWebhookClient(1)
  onTestFinished(() => client.close())
  return client
}

it('an attempt returns the endpoint’s status, and Retry-After in ms if it is a number of seconds', async () => {
  await using endpoint = await startEndpoint()
  const client = createClient()
  const deliver = () => client.post({ name: 'crm', url: endpoint.url, secrets: [endpoint.secret] }, event)
  expect(await deliver()).toEqual({ status: 204, retryAfterMs: null })
  endpoint.answer = { status: 503, headers: { 'retry-after': '120' } }
  expect(await deliver()).toEqual({ status: 503, retryAfterMs: 120_000 })
  endpoint.answer = { status: 503, headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' } }
  expect(await deliver()).toEqual({ status: 503, retryAfterMs: null })
})

it('an attempt without a response returns an error code without the endpoint’s URL', async () => {
  const url = `http://127.0.0.1:${await freePort()}/a-token`
  expect(await createClient().post({ name: 'crm', url, secrets: [] }, event)).toEqual({
    status: null,
    error: 'ECONNREFUSED',
  })
})
