import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createVirtualTime } from '../../test/chaos/model/virtual-time.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import type { PartnerResult } from '../registration/partner.ts'
import { CallNotAllowed, type GateCall, type GateShare } from '../registration/partner-gate.ts'
import { createPartnerGate } from './create-partner-gate.ts'

const LOST: PartnerResult = { kind: 'unknown', reason: 'timeout', answeredCompletely: false }
const ACCEPTED: PartnerResult = { kind: 'accepted', answer: {}, depositUrl: null }
const REJECTED: PartnerResult = { kind: 'rejected', code: 'PARTNER_REJECTED', message: 'No' }
const busyFor = (retryAfterMs: number): PartnerResult => ({
  kind: 'not-processed',
  reason: 'HTTP 429',
  reached: true,
  retryAfterMs,
})
const FAILURES_THAT_OPEN = 10

let calls = 0
/** A call of another registration than all before. */
const nextCall = (): GateCall => ({ registrationId: `registration-${++calls}`, clientIp: null, probing: false })
const answered = (status: number, answeredCompletely = status < 502): PartnerResult => ({
  kind: 'unknown',
  reason: `HTTP ${status}`,
  answeredCompletely,
  status,
})
const UNREACHED: PartnerResult = { kind: 'not-processed', reason: 'ECONNREFUSED', reached: false }

function createGate(calls = 100) {
  const clock = createFakeClock()
  const gate = createPartnerGate({ calls, clock })
  /** One call that ends at once with this result. */
  async function call(result: PartnerResult, share: GateShare = 'visitors', withinMs = 2_000, of = nextCall()) {
    using slot = await gate.acquire(share, withinMs)
    slot.ended(result, of)
  }
  /** A call that is in progress until `end` is called with its result. */
  function hangingCall(share: GateShare = 'visitors', withinMs = 2_000) {
    const end = Promise.withResolvers<PartnerResult | undefined>()
    let isInProgress = false
    const ended = (async () => {
      using slot = await gate.acquire(share, withinMs)
      isInProgress = true
      const result = await end.promise
      if (result) slot.ended(result, nextCall())
    })()
    ended.catch(() => undefined)
    return { ended, end: end.resolve, isInProgress: () => isInProgress }
  }
  async function fail(times: number) {
    for (let failure = 0; failure < times; failure++) await call(LOST)
  }
  return { clock, gate, call, hangingCall, fail }
}

const notNow = (reason: string, retryAfterMs: number) => ({ name: 'CallNotAllowed', reason, retryAfterMs })

describe('the circuit breaker', () => {
  it('opens after ten failures in a row, and calls fail at once with the time until it closes', async () => {
    const { gate, call, fail } = createGate()
    await fail(FAILURES_THAT_OPEN)
    await expect(call(ACCEPTED)).rejects.toMatchObject(notNow('breaker-open', 1_000))
    await expect(call(ACCEPTED, 'recovery')).rejects.toMatchObject({ reason: 'breaker-open' })
    expect({ closedForMs: gate.closedForMs(), room: gate.roomForRecovery() }).toEqual({ closedForMs: 1_000, room: 0 })
  })

  it('does not open if a rejection comes between the failures', async () => {
    const { call, fail } = createGate()
    await fail(FAILURES_THAT_OPEN - 1)
    await call(REJECTED)
    await fail(FAILURES_THAT_OPEN - 1)
    await call(ACCEPTED)
  })

  const visitor = (clientIp: string | null, of: Partial<GateCall> = {}) => ({ ...nextCall(), clientIp, ...of })
  const isOpenAfter = async (results: [PartnerResult, GateCall][]) => {
    const { gate, call } = createGate()
    for (const [result, of] of results) await call(result, 'visitors', 0, of).catch(() => undefined)
    return gate.closedForMs() > 0
  }
  const times = (count: number, one: (index: number) => [PartnerResult, GateCall]) =>
    Array.from({ length: count }, (_, index) => one(index))

  it.each([
    ['a refused connection', UNREACHED],
    ['no answer', LOST],
    ['a gateway’s error 503', answered(503)],
    ['an error 500', answered(500)],
    ['a redirect', answered(302)],
  ])('opens after %s for ten visitors from ten addresses', async (_, result) => {
    expect(await isOpenAfter(times(9, (index) => [result, visitor(`198.51.100.${index}`)]))).toBe(false)
    expect(await isOpenAfter(times(10, (index) => [result, visitor(`198.51.100.${index}`)]))).toBe(true)
    expect(await isOpenAfter(times(10, (index) => [result, visitor(`2001:db8:0:${index}::1`)]))).toBe(true)
  })

  it.each([
    ['an error 500', answered(500)],
    ['no answer', LOST],
    ['a gateway’s error', answered(504)],
  ])('does not open after thirty visitors of one address got %s', async (_, result) => {
    expect(await isOpenAfter(times(30, () => [result, visitor('198.51.100.7')]))).toBe(false)
    expect(await isOpenAfter(times(30, (index) => [result, visitor(`2001:db8::${index}`)]))).toBe(false)
    expect(await isOpenAfter(times(30, () => [result, visitor('::ffff:198.51.100.7')]))).toBe(false)
  })

  it('opens without known client addresses if no answer comes back, but not for errors 500', async () => {
    for (const address of [null, '127.0.0.1', '10.0.0.7', 'fd00::1']) {
      expect(await isOpenAfter(times(10, () => [LOST, visitor(address)]))).toBe(true)
      expect(await isOpenAfter(times(10, () => [UNREACHED, visitor(address)]))).toBe(true)
    }
    expect(await isOpenAfter(times(30, () => [answered(500), visitor('127.0.0.1')]))).toBe(false)
  })

  it('does not open after thirty failures of one registration', async () => {
    expect(await isOpenAfter(times(30, () => [UNREACHED, visitor(null, { registrationId: 'one' })]))).toBe(false)
  })

  it('does not open after failed probes', async () => {
    expect(await isOpenAfter(times(30, () => [LOST, visitor(null, { probing: true })]))).toBe(false)
  })

  it.each([200, 204, 400, 401, 404, 422, 423])('does not open after complete answers (HTTP %i)', async (status) => {
    expect(await isOpenAfter(times(30, () => [answered(status), visitor(null)]))).toBe(false)
    const inBetween = times(19, (index) => [index === 9 ? answered(status) : LOST, visitor(null)])
    expect(await isOpenAfter(inBetween)).toBe(false)
  })

  it('does not count a gateway’s 408 or 499, neither as a failure nor as a success', async () => {
    const inBetween = times(11, (index) => [index === 5 ? answered(499, false) : LOST, visitor(null)])
    expect(await isOpenAfter(inBetween)).toBe(true)
    expect(await isOpenAfter(times(30, () => [answered(408, false), visitor(null)]))).toBe(false)
  })

  it('lets one trial call through after the pause, and all calls once that is answered', async () => {
    const { clock, call, hangingCall, fail } = createGate()
    await fail(FAILURES_THAT_OPEN)
    await clock.advance(1_000)
    const trial = hangingCall()
    await expect(call(ACCEPTED)).rejects.toMatchObject({ reason: 'breaker-open' })
    trial.end(ACCEPTED)
    await trial.ended
    await Promise.all([call(ACCEPTED), call(ACCEPTED)])
  })

  it('doubles its pause after each failed trial, up to 15 s', async () => {
    const { clock, gate, call, fail } = createGate()
    await fail(FAILURES_THAT_OPEN)
    const pauses: number[] = []
    for (let turn = 0; turn < 6; turn++) {
      pauses.push(gate.closedForMs())
      await clock.advance(gate.closedForMs())
      await call(LOST)
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
  })

  it('does not count a slot twice that is released twice', async () => {
    const { gate } = createGate(1)
    const slot = await gate.acquire('visitors', 0)
    slot[Symbol.dispose]()
    slot[Symbol.dispose]()
    expect(gate.usage()).toEqual({ used: 0, waiting: 0 })
  })

  it('stays open if the trial call was never made', async () => {
    const { clock, gate, call, fail } = createGate()
    await fail(FAILURES_THAT_OPEN)
    await clock.advance(1_000)
    const slot = await gate.acquire('visitors', 0)
    slot[Symbol.dispose]()
    await call(LOST)
    await expect(call(ACCEPTED)).rejects.toMatchObject({ reason: 'breaker-open' })
  })
})

describe('a partner that answers with Retry-After', () => {
  it('gets no call until then, and calls fail at once with the remaining time', async () => {
    const { clock, gate, call } = createGate()
    await call(busyFor(60_000))
    await clock.advance(10_000)
    await expect(call(ACCEPTED)).rejects.toMatchObject(notNow('asked-to-wait', 50_000))
    expect({ closedForMs: gate.closedForMs(), room: gate.roomForRecovery() }).toEqual({ closedForMs: 50_000, room: 0 })
    await clock.advance(50_000)
    await call(ACCEPTED)
  })

  it('gets the call after the pause if the caller waits that long', async () => {
    const { clock, call } = createGate()
    await call(busyFor(1_500))
    const waiting = call(ACCEPTED)
    await clock.advance(1_500)
    await waiting
  })

  it('is called again after an hour at the latest', async () => {
    const { gate, call } = createGate()
    await call(busyFor(1e12))
    expect(gate.closedForMs()).toBe(3_600_000)
  })
})

describe('the limit of concurrent calls', () => {
  it('makes a call wait for a slot, or fail when its time is over', async () => {
    const { clock, call, hangingCall } = createGate(1)
    const first = hangingCall()
    const waiting = hangingCall()
    const failing = expect(call(ACCEPTED, 'visitors', 500)).rejects.toMatchObject(notNow('no-slot', 1_000))
    await clock.advance(500)
    await failing
    first.end(ACCEPTED)
    await first.ended
    await clock.advance(0)
    expect(waiting.isInProgress()).toBe(true)
  })

  it('gives the next free slot to recovery if it has none, although visitors wait', async () => {
    const { clock, hangingCall } = createGate(3)
    const visitors = Array.from({ length: 8 }, () => hangingCall())
    const recovery = hangingCall('recovery', 5_000)
    visitors[0]?.end(ACCEPTED)
    await visitors[0]?.ended
    await clock.advance(0)
    expect(recovery.isInProgress()).toBe(true)
  })

  it('gives recovery at most a quarter of the slots, so that visitors are not blocked', async () => {
    const { clock, gate, call, hangingCall } = createGate(8)
    const recovery = Array.from({ length: 8 }, () => hangingCall('recovery', 5_000))
    await clock.advance(0)
    expect(recovery.filter(({ isInProgress }) => isInProgress())).toHaveLength(2)
    expect(gate.roomForRecovery()).toBe(2)
    await Promise.all(Array.from({ length: 6 }, () => call(ACCEPTED, 'visitors', 0)))
  })

  it('of one alternates between visitors and recovery', async () => {
    const { call, gate } = createGate(1)
    const order: GateShare[] = []
    async function run(share: GateShare) {
      using _ = await gate.acquire(share, 5_000)
      order.push(share)
    }
    await Promise.all([run('visitors'), run('visitors'), run('visitors'), run('recovery'), run('recovery')])
    expect(order).toEqual(['visitors', 'recovery', 'visitors', 'recovery', 'visitors'])
    await call(ACCEPTED)
  })
})

interface PlannedCall {
  at: number
  share: GateShare
  withinMs: number
  lastsMs: number
  result: PartnerResult | undefined
}

const plannedCalls: fc.Arbitrary<PlannedCall[]> = fc.array(
  fc.record({
    at: fc.nat(5_000),
    share: fc.constantFrom<GateShare>('visitors', 'recovery'),
    withinMs: fc.nat(3_000),
    lastsMs: fc.nat(2_000),
    result: fc.constantFrom(LOST, LOST, ACCEPTED, REJECTED, busyFor(700), undefined),
  }),
  { maxLength: 60 },
)

it('random calls stay within the limit, the shares and their waiting times, and each one gets a slot or an error', async () => {
  await fc.assert(
    fc.asyncProperty(plannedCalls, fc.integer({ min: 1, max: 6 }), async (planned, calls) => {
      const time = createVirtualTime()
      const gate = createPartnerGate({ calls, clock: { ...time, now: () => time.now, wall: () => time.now } })
      const inProgress = { visitors: 0, recovery: 0 }
      const most = { calls: 0, recovery: 0 }
      const make = async ({ at, share, withinMs, lastsMs, result }: PlannedCall): Promise<void> => {
        await time.pause(at)
        const asked = time.now
        const expectInTime = () => expect(time.now - asked).toBeLessThanOrEqual(withinMs)
        try {
          using slot = await gate.acquire(share, withinMs)
          expectInTime()
          inProgress[share]++
          most.calls = Math.max(most.calls, inProgress.visitors + inProgress.recovery)
          most.recovery = Math.max(most.recovery, inProgress.recovery)
          await time.pause(lastsMs)
          inProgress[share]--
          if (result) slot.ended(result, nextCall())
        } catch (error) {
          expectInTime()
          expect(error).toBeInstanceOf(CallNotAllowed)
          expect((error as CallNotAllowed).retryAfterMs).toBeGreaterThan(0)
        }
      }
      await time.until(Promise.all(planned.map(make)))
      expect(most.calls).toBeLessThanOrEqual(calls)
      expect(most.recovery).toBeLessThanOrEqual(Math.max(Math.floor(calls / 4), 1))
      expect(gate.usage()).toEqual({ used: 0, waiting: 0 })
      // In any case the partner is called again after a while.
      await time.until(time.pause(60_000))
      using slot = await time.until(gate.acquire('visitors', 0))
      expect(slot).toBeDefined()
    }),
  )
})
