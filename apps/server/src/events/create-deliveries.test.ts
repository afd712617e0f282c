import { expect, it } from 'vitest'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { createJobLoop } from '../recovery/create-job-loop.ts'
import { CONCURRENT_DELIVERIES, createDeliveries } from './create-deliveries.ts'
import type { PostResult } from './delivery-outcome.ts'
import type { Delivery, DeliveryOutcome, RegistrationEvent } from './event-outbox.ts'

const CRM = { name: 'crm', url: 'http://crm.example/', secrets: [] }
const MAIL = { name: 'mail', url: 'http://mail.example/', secrets: [] }
const event = { id: 'event-1' } as RegistrationEvent

/** An outbox that gives out each event once. */
function createContext(
  due: Record<string, Delivery[]>,
  post: (name: string, event: RegistrationEvent) => Promise<PostResult>,
) {
  const clock = createFakeClock()
  const finished: { endpoint: string; attempt: number; end: DeliveryOutcome }[] = []
  const failures: unknown[] = []
  const looks: string[] = []
  const jobs = createDeliveries({
    webhooks: [CRM, MAIL],
    clock,
    outbox: {
      async claim(endpoint, limit) {
        looks.push(endpoint)
        if (due[endpoint] === undefined) throw new Error('the database is away')
        return due[endpoint].splice(0, limit)
      },
      async finish(ends) {
        for (const { delivery, end } of ends) {
          finished.push({ endpoint: delivery.endpoint, attempt: delivery.attempt, end })
        }
      },
    },
    client: { post: ({ name }, event) => post(name, event), close: async () => undefined },
    listener: { ended: () => undefined, outboxFailed: (error) => void failures.push(error) },
  })
  const deliveries = createJobLoop({ jobs, clock, onError: (_, error) => void failures.push(error) })
  return { clock, deliveries, finished, failures, looks }
}

const anAttempt = (endpoint: string, attempt = 1, attemptsBefore = 0): Delivery => ({
  event,
  endpoint,
  attempt,
  attemptsBefore,
})

it('an event resent by an operator gets as many attempts as a new one', async () => {
  const due = { crm: [anAttempt('crm', 12), anAttempt('crm', 13, 12), anAttempt('crm', 24, 12)], mail: [] }
  const { clock, deliveries, finished } = createContext(due, async () => ({ status: 500, retryAfterMs: null }))
  deliveries.start()
  await clock.advance(0)
  expect(finished.map(({ end }) => end.to)).toEqual(['dead', 'waiting', 'dead'])
  await deliveries.stop()
})

it('the outbox is polled at once while there may be more events, else after about a second, also after an error', async () => {
  const due = { crm: Array.from({ length: CONCURRENT_DELIVERIES + 1 }, () => anAttempt('crm')) }
  const { clock, deliveries, finished, failures, looks } = createContext(due, async () => ({
    status: 204,
    retryAfterMs: null,
  }))
  deliveries.start()
  await clock.advance(10)
  expect(finished).toHaveLength(CONCURRENT_DELIVERIES + 1)
  expect(looks.toSorted()).toEqual(['crm', 'crm', 'mail'])
  await clock.advance(1_250)
  expect(looks.filter((name) => name === 'crm')).toHaveLength(3)
  expect(failures).toHaveLength(2)
  await deliveries.stop()
})

it('endpoints do not wait for each other, and stopping waits for deliveries in progress', async () => {
  let answer: (posted: PostResult) => void = () => undefined
  const slow = new Promise<PostResult>((resolve) => {
    answer = resolve
  })
  const due = { crm: [anAttempt('crm')], mail: [anAttempt('mail')] }
  const { clock, deliveries, finished } = createContext(due, async (name) =>
    name === 'crm' ? slow : { status: 204, retryAfterMs: null },
  )
  deliveries.start()
  await clock.advance(0)
  expect(finished.map(({ endpoint }) => endpoint)).toEqual(['mail'])
  const stopped = deliveries.stop()
  answer({ status: 204, retryAfterMs: null })
  await stopped
  expect(finished.map(({ endpoint }) => endpoint)).toEqual(['mail', 'crm'])
})

it('a slow delivery does not delay others to the same endpoint', async () => {
  const slow = Promise.withResolvers<PostResult>()
  const events = Array.from({ length: 200 }, (_, index) => ({ id: `${index}` }) as RegistrationEvent)
  const due = { crm: events.map((of) => ({ ...anAttempt('crm'), event: of })), mail: [] }
  const isSlow = ({ id }: RegistrationEvent) => Number(id) % 20 === 0
  const done: PostResult = { status: 204, retryAfterMs: null }
  const { clock, deliveries, finished } = createContext(due, async (_, of) => (isSlow(of) ? slow.promise : done))
  deliveries.start()
  await clock.advance(1_000)
  expect(finished).toHaveLength(190)
  slow.resolve(done)
  await deliveries.stop()
  expect(finished).toHaveLength(200)
})
