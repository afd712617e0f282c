import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { PartnerOrder, PartnerReply } from '../registration/partner.ts'
import { withBreaker } from './with-breaker.ts'

const FAILURES_THAT_OPEN = 10
const ORDER = {} as PartnerOrder
const SPARED = { kind: 'not-processed', reached: false, reason: 'circuit breaker open' }
const LOST: PartnerReply = { kind: 'unknown', reason: 'timeout', answeredCompletely: false }
const ACCEPTED: PartnerReply = { kind: 'accepted', answer: {}, depositUrl: null }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A partner that has fallen silent, behind a breaker that has just opened; `register` is its next call, which hangs. */
async function silentPartner() {
  const register = vi.fn<(order: PartnerOrder) => Promise<PartnerReply>>().mockResolvedValue(LOST)
  const guarded = withBreaker({ register })
  for (let call = 0; call < FAILURES_THAT_OPEN; call++) await guarded.register(ORDER)
  const hanging = Promise.withResolvers<PartnerReply>()
  register.mockReset().mockReturnValueOnce(hanging.promise).mockResolvedValue(ACCEPTED)
  return { guarded, register, answer: hanging.resolve }
}

it('sends nothing after ten calls in a row without an answer', async () => {
  const { guarded, register } = await silentPartner()
  expect(await guarded.register(ORDER)).toMatchObject(SPARED)
  expect(register).not.toHaveBeenCalled()
})

it('has one call find out after a pause, and neither keeps another waiting for it nor sends that one late', async () => {
  const { guarded, register, answer } = await silentPartner()
  vi.advanceTimersByTime(60_000)
  const findingOut = guarded.register(ORDER)
  expect(await guarded.register(ORDER)).toMatchObject(SPARED)

  answer(ACCEPTED)
  expect(await findingOut).toBe(ACCEPTED)
  expect(register).toHaveBeenCalledTimes(1)
  expect(await guarded.register(ORDER)).toBe(ACCEPTED)
})

it('sends nothing for a longer time where that call gets no answer either', async () => {
  const { guarded, register, answer } = await silentPartner()
  vi.advanceTimersByTime(60_000)
  const findingOut = guarded.register(ORDER)
  answer(LOST)
  expect(await findingOut).toBe(LOST)
  expect(await guarded.register(ORDER)).toMatchObject(SPARED)
  expect(register).toHaveBeenCalledTimes(1)
})
