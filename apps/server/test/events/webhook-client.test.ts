import { expect, it, onTestFinished } from 'vitest'
import type { RegistrationEvent } from '../../src/events/event-outbox.ts'
import { createWebhookClient } from '../../src/events/webhook-client.ts'
import { freePort } from '../support/free-port.ts'
import { startReceiver } from './start-receiver.ts'

const event = { id: 'event-1' } as RegistrationEvent

function createClient() {
  const client = createWebhookClient(1)
  onTestFinished(() => client.close())
  return client
}

it('tells what a receiver answers, and how long it asks to be spared', async () => {
  await using receiver = await startReceiver()
  const client = createClient()
  const deliver = () => client.post({ name: 'crm', url: receiver.url, secrets: [receiver.secret] }, event)
  expect(await deliver()).toEqual({ status: 204, retryAfterMs: null })
  receiver.answer = { status: 503, headers: { 'retry-after': '120' } }
  expect(await deliver()).toEqual({ status: 503, retryAfterMs: 120_000 })
  receiver.answer = { status: 503, headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' } }
  expect(await deliver()).toEqual({ status: 503, retryAfterMs: null })
})

it('has a word for what came instead of an answer, and no address in it', async () => {
  const url = `http://127.0.0.1:${await freePort()}/a-token`
  expect(await createClient().post({ name: 'crm', url, secrets: [] }, event)).toEqual({
    status: null,
    error: 'ECONNREFUSED',
  })
})
