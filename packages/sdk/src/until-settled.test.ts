import { FAILURES, type FailureCode } from '@registration/shared'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Sending } from './ask-server.ts'
import { RegistrationError, type RegistrationErrorCode } from './registration-error.ts'
import type { ProgressListener } from './registration-progress.ts'
import { untilSettled } from './until-settled.ts'

const passing = (code: RegistrationErrorCode, retryAfterMs?: number) =>
  new RegistrationError(code, code, { retryable: true, retryAfterMs })

/** Answers in this order, the last one forever; notes when each request was sent. */
function asks(...replies: (RegistrationError | 'link')[]) {
  const sent: (Sending & { at: number })[] = []
  const ask = vi.fn(async (sending: Sending) => {
    sent.push({ ...sending, at: Date.now() })
    return replies[Math.min(sent.length, replies.length) - 1] ?? 'link'
  })
  return { ask, sent }
}

const nobody: ProgressListener = () => {}
const late = () => passing('NETWORK')

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
  vi.spyOn(Math, 'random').mockReturnValue(0)
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const REPEATED = [
  ...['IN_PROGRESS', 'RATE_LIMITED', 'PARTNER_UNAVAILABLE', 'OVERLOADED', 'DATABASE_UNAVAILABLE'],
  'VERIFICATION_UNAVAILABLE',
]

it.each([...REPEATED, 'NETWORK', 'PENDING'] as RegistrationErrorCode[])('asks again after %s', async (code) => {
  const { ask } = asks(passing(code), 'link')
  const outcome = untilSettled(ask, 60_000, nobody, late)
  await vi.runAllTimersAsync()
  expect(await outcome).toBe('link')
  expect(ask).toHaveBeenCalledTimes(2)
})

it.each((Object.keys(FAILURES) as FailureCode[]).filter((code) => !REPEATED.includes(code)))(
  'does not ask again after %s',
  async (code) => {
    const { ask } = asks(new RegistrationError(code, code, FAILURES[code]), 'link')
    await expect(untilSettled(ask, 60_000, nobody, late)).rejects.toMatchObject({ code })
    expect(ask).toHaveBeenCalledTimes(1)
  },
)

it('waits longer each time, up to 8 s, and never beyond its budget', async () => {
  const { ask, sent } = asks(passing('NETWORK'))
  const outcome = untilSettled(ask, 30_000, nobody, late)
  outcome.catch(() => {})
  await vi.runAllTimersAsync()
  await expect(outcome).rejects.toMatchObject({ code: 'NETWORK', retryable: true })
  expect(sent.map(({ at }) => at)).toEqual([0, 250, 750, 1750, 3750, 7750, 15_750, 23_750])
})

it('spreads the pauses, and never makes one shorter than the server asked for', async () => {
  const pauses: number[] = []
  for (const random of [0, 0.999]) {
    vi.mocked(Math.random).mockReturnValue(random)
    const { ask, sent } = asks(passing('OVERLOADED', 4000), 'link')
    const startedAt = Date.now()
    const outcome = untilSettled(ask, 60_000, nobody, late)
    await vi.runAllTimersAsync()
    await outcome
    pauses.push((sent[1]?.at ?? 0) - startedAt)
  }
  expect(pauses).toEqual([4000, 5998])
})

it('gives up at once when the server asks for a longer pause than is left', async () => {
  const { ask } = asks(passing('RATE_LIMITED', 120_000))
  await expect(untilSettled(ask, 60_000, nobody, late)).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterMs: 120_000,
  })
  expect(ask).toHaveBeenCalledTimes(1)
})

it('reports what the server said last, not that it could not be reached afterwards', async () => {
  const { ask } = asks(passing('PENDING'), passing('NETWORK'))
  const outcome = untilSettled(ask, 5000, nobody, late)
  outcome.catch(() => {})
  await vi.runAllTimersAsync()
  await expect(outcome).rejects.toMatchObject({ code: 'PENDING' })
})

it('gives a request 30 s, and the last one what is left', async () => {
  const ask = vi.fn(async ({ timeoutMs }: Sending) => {
    await new Promise((resolve) => setTimeout(resolve, timeoutMs))
    return passing('NETWORK')
  })
  const outcome = untilSettled(ask, 45_000, nobody, late)
  outcome.catch(() => {})
  await vi.runAllTimersAsync()
  await expect(outcome).rejects.toMatchObject({ code: 'NETWORK' })
  expect(ask.mock.calls.map(([{ timeoutMs }]) => timeoutMs)).toEqual([30_000, 14_750])
})

it('does not count the time that the page was frozen', async () => {
  const frozen = asks(passing('NETWORK'), 'link')
  const outcome = untilSettled(
    async (sending) => {
      if (frozen.sent.length === 0) vi.setSystemTime(3_600_000)
      return frozen.ask(sending)
    },
    60_000,
    nobody,
    late,
  )
  await vi.runAllTimersAsync()
  expect(await outcome).toBe('link')
})

it('asks again as soon as the browser is back online', async () => {
  const events = new EventTarget()
  vi.stubGlobal('addEventListener', events.addEventListener.bind(events))
  vi.stubGlobal('removeEventListener', events.removeEventListener.bind(events))
  const { ask, sent } = asks(...Array<RegistrationError>(6).fill(passing('NETWORK')), 'link')
  const outcome = untilSettled(ask, 60_000, nobody, late)
  await vi.advanceTimersByTimeAsync(9000)
  expect(sent.at(-1)?.at).toBe(7750)
  events.dispatchEvent(new Event('online'))
  expect(await outcome).toBe('link')
  expect(sent.at(-1)?.at).toBe(9000)
})

it('does not cut short a pause that the server asked for when the browser comes online', async () => {
  const events = new EventTarget()
  vi.stubGlobal('addEventListener', events.addEventListener.bind(events))
  const { ask } = asks(passing('RATE_LIMITED', 5000), 'link')
  const outcome = untilSettled(ask, 60_000, nobody, late)
  await vi.advanceTimersByTimeAsync(1000)
  events.dispatchEvent(new Event('online'))
  await vi.advanceTimersByTimeAsync(1000)
  expect(ask).toHaveBeenCalledTimes(1)
  await vi.runAllTimersAsync()
  await outcome
})

it('does without keepalive once after a request that did not get through', async () => {
  const { ask, sent } = asks(passing('NETWORK'), passing('NETWORK'), passing('OVERLOADED'), 'link')
  const outcome = untilSettled(ask, 60_000, nobody, late)
  await vi.runAllTimersAsync()
  await outcome
  expect(sent.map(({ keepalive }) => keepalive)).toEqual([true, false, true, true])
})

it('tells how far it is', async () => {
  const told = vi.fn<ProgressListener>()
  const { ask } = asks(passing('NETWORK'), passing('PENDING', 1000), passing('PENDING', 2000), 'link')
  const outcome = untilSettled(ask, 60_000, told, late)
  await vi.runAllTimersAsync()
  await outcome
  expect(told.mock.calls).toEqual([
    ['sending', { attempt: 1 }],
    ['retrying', { attempt: 1, code: 'NETWORK', retryInMs: 250 }],
    ['sending', { attempt: 2 }],
    ['waiting', { attempt: 2, code: 'PENDING', retryInMs: 1000 }],
    ['waiting', { attempt: 3, code: 'PENDING', retryInMs: 2000 }],
    ['done', { attempt: 4 }],
  ])
})

it('tells that it is done after a failure too', async () => {
  const told = vi.fn<ProgressListener>()
  const { ask } = asks(new RegistrationError('MULTIPLE_ACCOUNTS', 'no'))
  await expect(untilSettled(ask, 60_000, told, late)).rejects.toThrow('no')
  expect(told).toHaveBeenLastCalledWith('done', { attempt: 1 })
})

it('ends at the deadline, whatever the request or the proof still waits for', async () => {
  const told = vi.fn<ProgressListener>()
  const outcome = untilSettled(() => new Promise<string>(() => {}), 1000, told, late)
  outcome.catch(() => {})
  await vi.advanceTimersByTimeAsync(999)
  expect(told).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1)
  await expect(outcome).rejects.toMatchObject({ code: 'NETWORK' })
  expect(told).toHaveBeenLastCalledWith('done', { attempt: 1 })
})

it('ends at its deadline where the clock of the page stands still', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(0)
  const outcome = untilSettled(() => new Promise<string>(() => {}), 12_000, nobody, late)
  outcome.catch(() => {})
  await vi.advanceTimersByTimeAsync(12_000)
  await expect(outcome).rejects.toMatchObject({ code: 'NETWORK' })
})
