import { expect, it } from 'vitest'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { createDueLoop } from '../recovery/create-due-loop.ts'
import { createDeliveries, MOST_AT_ONCE } from './create-deliveries.ts'
import type { Posted } from './end-of.ts'
import type { Delivery, DeliveryEnd, RegistrationEvent } from './event-outbox.ts'

const CRM = { name: 'crm', url: 'http://crm.example/', secrets: [] }
const MAIL = { name: 'mail', url: 'http://mail.example/', secrets: [] }
const event = { id: 'event-1' } as RegistrationEvent

/** What is due to apps, given out once. */
function aWorld(due: Record<string, Delivery[]>, post: (name: string, event: RegistrationEvent) => Promise<Posted>) {
  const clock = createFakeClock()
  const finished: { endpoint: string; attempt: number; end: DeliveryEnd }[] = []
  const troubles: unknown[] = []
  const looks: string[] = []
  const sources = createDeliveries({
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
    listener: { ended: () => undefined, troubled: (error) => void troubles.push(error) },
  })
  const deliveries = createDueLoop({ sources, clock, onError: (_, error) => void troubles.push(error) })
  return { clock, deliveries, finished, troubles, looks }
}

const anAttempt = (endpoint: string, attempt = 1, attemptsBefore = 0): Delivery => ({
  event,
  endpoint,
  attempt,
  attemptsBefore,
})

it('tries what an operator has sent off anew as often as what is new', async () => {
  const due = { crm: [anAttempt('crm', 12), anAttempt('crm', 13, 12), anAttempt('crm', 24, 12)], mail: [] }
  const { clock, deliveries, finished } = aWorld(due, async () => ({ status: 500, retryAfterMs: null }))
  deliveries.start()
  await clock.advance(0)
  expect(finished.map(({ end }) => end.to)).toEqual(['dead', 'waiting', 'dead'])
  await deliveries.stop()
})

it('looks again at once while there may be more, else after about a second, in trouble too', async () => {
  const due = { crm: Array.from({ length: MOST_AT_ONCE + 1 }, () => anAttempt('crm')) }
  const { clock, deliveries, finished, troubles, looks } = aWorld(due, async () => ({
    status: 204,
    retryAfterMs: null,
  }))
  deliveries.start()
  await clock.advance(10)
  expect(finished).toHaveLength(MOST_AT_ONCE + 1)
  expect(looks.toSorted()).toEqual(['crm', 'crm', 'mail'])
  await clock.advance(1_250)
  expect(looks.filter((name) => name === 'crm')).toHaveLength(3)
  expect(troubles).toHaveLength(2)
  await deliveries.stop()
})

it('waits for no other app, and finishes what it is at when it ends', async () => {
  let answer: (posted: Posted) => void = () => undefined
  const slow = new Promise<Posted>((resolve) => {
    answer = resolve
  })
  const due = { crm: [anAttempt('crm')], mail: [anAttempt('mail')] }
  const { clock, deliveries, finished } = aWorld(due, async (name) =>
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

it('lets no slow delivery keep the others to the same app waiting', async () => {
  const slow = Promise.withResolvers<Posted>()
  const events = Array.from({ length: 200 }, (_, index) => ({ id: `${index}` }) as RegistrationEvent)
  const due = { crm: events.map((of) => ({ ...anAttempt('crm'), event: of })), mail: [] }
  const isSlow = ({ id }: RegistrationEvent) => Number(id) % 20 === 0
  const done: Posted = { status: 204, retryAfterMs: null }
  const { clock, deliveries, finished } = aWorld(due, async (_, of) => (isSlow(of) ? slow.promise : done))
  deliveries.start()
  await clock.advance(1_000)
  expect(finished).toHaveLength(190)
  slow.resolve(done)
  await deliveries.stop()
  expect(finished).toHaveLength(200)
})
