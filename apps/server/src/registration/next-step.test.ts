import { describe, expect, it } from 'vitest'
import { aRegistration } from '../../test/support/a-registration.ts'
import { nextStep } from './next-step.ts'

const unique = { mayProbe: true, probeForMs: 60_000 }
const notUnique = { ...unique, mayProbe: false }
const NOBODY_WAITS = 0
const stuck = (reason: string) => ({ do: 'close', closure: { to: 'stuck', reason } })

describe('nextStep', () => {
  it.each(['succeeded', 'succeeded_without_link', 'rejected', 'released', 'stuck'] as const)(
    'has nothing to do about what is %s',
    (status) => {
      const finished = aRegistration({ status, asking: false, nextAttemptInMs: 0 })
      expect(nextStep(finished, unique, 10_000)).toEqual({ do: 'reply' })
    },
  )

  describe('while a call is under way', () => {
    it('watches for its outcome as long as the caller waits, and no longer than its lease', () => {
      expect(nextStep(aRegistration({ nextAttemptInMs: 500 }), unique, 10_000)).toEqual({ do: 'watch', ms: 500 })
      expect(nextStep(aRegistration({ nextAttemptInMs: 30_000 }), unique, 200)).toEqual({ do: 'watch', ms: 200 })
    })

    it('leaves it alone where nobody waits', () => {
      expect(nextStep(aRegistration(), unique, NOBODY_WAITS)).toEqual({ do: 'reply' })
      expect(nextStep(aRegistration(), notUnique, NOBODY_WAITS)).toEqual({ do: 'reply' })
    })
  })

  describe('once a call may have reached the partner', () => {
    const leaseRanOut = aRegistration({ nextAttemptInMs: 0 })
    const uncertain = aRegistration({ status: 'uncertain', asking: false, nextAttemptInMs: 0, uncertainForMs: 1_000 })

    it.each([
      ['a lease that ran out', leaseRanOut],
      ['an answer that never came', uncertain],
    ])('probes after %s where that cannot make a second account', (_, registration) => {
      expect(nextStep(registration, unique, 10_000)).toEqual({ do: 'ask-partner' })
      expect(nextStep(registration, unique, NOBODY_WAITS)).toEqual({ do: 'ask-partner' })
    })

    it.each([
      ['a lease that ran out', leaseRanOut],
      ['an answer that never came', uncertain],
    ])('asks a person after %s where a probe could make a second account', (_, registration) => {
      expect(nextStep(registration, notUnique, 10_000)).toEqual(stuck('NOT_UNIQUE_BY_EMAIL'))
    })

    it('asks a person when it has probed for long enough', () => {
      expect(nextStep({ ...uncertain, uncertainForMs: 60_001 }, unique, 10_000)).toEqual(stuck('PROBED_IN_VAIN'))
    })

    it('waits for the next probe that is due in time, and answers at once where none is', () => {
      expect(nextStep({ ...uncertain, nextAttemptInMs: 400 }, unique, 1_000)).toEqual({ do: 'watch', ms: 400 })
      expect(nextStep({ ...uncertain, nextAttemptInMs: 1_000 }, unique, 1_000)).toEqual({ do: 'reply' })
      expect(nextStep({ ...uncertain, nextAttemptInMs: 400 }, unique, NOBODY_WAITS)).toEqual({ do: 'reply' })
    })
  })

  describe('while the partner certainly has nothing', () => {
    const unasked = aRegistration({ asking: false, nextAttemptInMs: 0 })

    it.each([unique, notUnique])('asks again inside the deadline, unique by e-mail or not', (policy) => {
      expect(nextStep({ ...unasked, nextAttemptInMs: 300 }, policy, 1_000)).toEqual({ do: 'watch', ms: 300 })
      expect(nextStep(unasked, policy, 1_000)).toEqual({ do: 'ask-partner' })
    })

    it('gives up when the next call lies beyond the deadline, or nobody waits', () => {
      const released = { do: 'close', closure: { to: 'released' } }
      expect(nextStep({ ...unasked, nextAttemptInMs: 1_000 }, unique, 1_000)).toEqual(released)
      expect(nextStep(unasked, unique, NOBODY_WAITS)).toEqual(released)
    })
  })
})
