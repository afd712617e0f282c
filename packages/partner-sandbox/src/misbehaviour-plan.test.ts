import { describe, expect, it } from 'vitest'
import { createMisbehaviourPlan } from './misbehaviour-plan.ts'

const taken = (plan: ReturnType<typeof createMisbehaviourPlan>, email: string, calls: number) =>
  Array.from({ length: calls }, () => plan.take(email)?.name ?? null)

describe('createMisbehaviourPlan', () => {
  it('lets the entries for one e-mail follow each other, then behaves', () => {
    const plan = createMisbehaviourPlan('seed')
    plan.add('Ann@example.com', 'reset', { times: 1 })
    plan.add('ann@example.com', 'server-error-500', { times: 2 })
    expect(taken(plan, 'ANN@example.com', 4)).toEqual(['reset', 'server-error-500', 'server-error-500', null])
    expect(taken(plan, 'bob@example.com', 1)).toEqual([null])
  })

  it('puts the e-mail itself before its tags, and those before any e-mail', () => {
    const plan = createMisbehaviourPlan('seed')
    plan.add('*', 'rejected')
    plan.add('ann+hang.1@example.com', 'reset', { times: 1 })
    expect(taken(plan, 'ann+hang.1@example.com', 3)).toEqual(['reset', 'hang', 'rejected'])
  })

  it('reads names, times and delays from tags, and leaves ordinary tags alone', () => {
    const plan = createMisbehaviourPlan('seed')
    const email = 'ann+newsletter+slow.1.500ms+drip.20ms@example.com'
    expect(plan.take(email)).toEqual({ name: 'slow', settings: { times: 1, delayMs: 500 } })
    expect(plan.take(email)).toEqual({ name: 'drip', settings: { delayMs: 20 } })
    expect(plan.take(email)).toEqual({ name: 'drip', settings: { delayMs: 20 } })
    expect(taken(plan, 'ann+constructor+reset@hang.example', 1)).toEqual(['reset'])
  })

  it('draws a share of the calls, the same ones for the same seed in whatever order the e-mails come', () => {
    const emails = Array.from({ length: 1_000 }, (_, index) => `visitor${index}@example.com`)
    const drawn = (seed: string, order: string[]) => {
      const plan = createMisbehaviourPlan(seed)
      plan.add('*', 'reset', { share: 0.3 })
      return order.filter((email) => plan.take(email) !== null).sort()
    }
    const misbehaving = drawn('one', emails)
    expect(misbehaving.length).toBeGreaterThan(250)
    expect(misbehaving.length).toBeLessThan(350)
    expect(drawn('one', emails.toReversed())).toEqual(misbehaving)
    expect(drawn('two', emails)).not.toEqual(misbehaving)
  })
})
