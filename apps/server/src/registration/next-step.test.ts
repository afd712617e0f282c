import { describe, expect, it } from 'vitest'
import { aRegistration } from '../../test/support/a-registration.ts'
import { nextStep } from './next-step.ts'

const unique = { mayProbe: true, probeForMs: 60_000 }
const notUnique = { ...unique, mayProbe: false }
const NO_CALLER = 0
const stuck = (reason: string) => ({ do: 'close', closure: { to: 'stuck', reason } })

describe('nextStep', () => {
  it.each(['succeeded', 'succeeded_without_link', 'rejected', 'released', 'stuck'] as const)(
    'of a registration that is %s is the reply',
    (status) => {
      const finished = aRegistration({ status, asking: false, nextAttemptInMs: 0 })
      expect(nextStep(finished, unique, 10_000)).toEqual({ do: 'reply' })
    },
  )

  describe('during a call', () => {
    it('is to wait for its outcome until the caller’s deadline or the end of the lease', () => {
      expect(nextStep(aRegistration({ nextAttemptInMs: 500 }), unique, 10_000)).toEqual({ do: 'watch', ms: 500 })
      expect(nextStep(aRegistration({ nextAttemptInMs: 30_000 }), unique, 200)).toEqual({ do: 'watch', ms: 200 })
    })

    it('is the reply without a waiting caller', () => {
      expect(nextStep(aRegistration(), unique, NO_CALLER)).toEqual({ do: 'reply' })
      expect(nextStep(aRegistration(), notUnique, NO_CALLER)).toEqual({ do: 'reply' })
    })
  })

  describe('after a call that may have reached the partner', () => {
    const expired = aRegistration({ nextAttemptInMs: 0 })
    const uncertain = aRegistration({ status: 'uncertain', asking: false, nextAttemptInMs: 0, uncertainForMs: 1_000 })

    it.each([
      ['an expired lease', expired],
      ['a missing answer', uncertain],
    ])('is a probe after %s if that cannot create a second account', (_, registration) => {
      expect(nextStep(registration, unique, 10_000)).toEqual({ do: 'ask-partner' })
      expect(nextStep(registration, unique, NO_CALLER)).toEqual({ do: 'ask-partner' })
    })

    it.each([
      ['an expired lease', expired],
      ['a missing answer', uncertain],
    ])('is stuck after %s if a probe could create a second account', (_, registration) => {
      expect(nextStep(registration, notUnique, 10_000)).toEqual(stuck('NOT_UNIQUE_BY_EMAIL'))
    })

    it('is stuck after PROBE_FOR', () => {
      expect(nextStep({ ...uncertain, uncertainForMs: 60_001 }, unique, 10_000)).toEqual(stuck('PROBED_IN_VAIN'))
    })

    it('is to wait for a probe that is due before the deadline, and otherwise the reply', () => {
      expect(nextStep({ ...uncertain, nextAttemptInMs: 400 }, unique, 1_000)).toEqual({ do: 'watch', ms: 400 })
      expect(nextStep({ ...uncertain, nextAttemptInMs: 1_000 }, unique, 1_000)).toEqual({ do: 'reply' })
      expect(nextStep({ ...uncertain, nextAttemptInMs: 400 }, unique, NO_CALLER)).toEqual({ do: 'reply' })
    })
  })

  describe('after calls that were not processed', () => {
    const retry = aRegistration({ asking: false, nextAttemptInMs: 0 })

    it.each([unique, notUnique])('is another call before the deadline (%j)', (policy) => {
      expect(nextStep({ ...retry, nextAttemptInMs: 300 }, policy, 1_000)).toEqual({ do: 'watch', ms: 300 })
      expect(nextStep(retry, policy, 1_000)).toEqual({ do: 'ask-partner' })
    })

    it('is to release if the next call is due after the deadline, or without a waiting caller', () => {
      const released = { do: 'close', closure: { to: 'released' } }
      expect(nextStep({ ...retry, nextAttemptInMs: 1_000 }, unique, 1_000)).toEqual(released)
      expect(nextStep(retry, unique, NO_CALLER)).toEqual(released)
    })
  })
})
