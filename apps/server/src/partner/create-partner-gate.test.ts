import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createVirtualTime } from '../../test/chaos/model/virtual-time.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import type { PartnerResult } from '../registration/partner.ts'
import { type GateCall, type GateShare, NotNow } from '../registration/partner-gate.ts'
import { createPartnerGate } from './create-partner-gate.ts'

const LOST: PartnerResult = { kind: 'unknown', reason: 'timeout', answeredCompletely: false }
const ACCEPTED: PartnerResult = { kind: 'accepted', answer: {}, depositUrl: null }
const REFUSED: PartnerResult = { kind: 'rejected', code: 'PARTNER_REJECTED', message: 'No' }
const busyFor = (retryAfterMs: number): PartnerResult => ({
  kind: 'not-processed',
  reason: 'HTTP 429',
  reached: true,
  retryAfterMs,
})
const FAILURES_THAT_OPEN = 10

let calls = 0
/** Of somebody else than all before. */
const aCall = (): GateCall => ({ registrationId: `registration-${++calls}`, clientIp: null, probing: false })
const answered = (status: number, answeredCompletely = status < 502): PartnerResult => ({
  kind: 'unknown',
  reason: `HTTP ${status}`,
  answeredCompletely,
  status,
})
const UNREACHED: PartnerResult = { kind: 'not-processed', reason: 'ECONNREFUSED', reached: false }

function aGate(calls = 100) {
  const clock = createFakeClock()
  const gate = createPartnerGate({ calls, clock })
  /** One call that comes to this reply at once. */
  async function call(reply: PartnerResult, share: GateShare = 'visitors', withinMs = 2_000, of = aCall()) {
    using slot = await gate.acquire(share, withinMs)
    slot.ended(reply, of)
  }
  /** A call that is under way until it is told how it ends. */
  function hangingCall(share: GateShare = 'visitors', withinMs = 2_000) {
    const end = Promise.withResolvers<PartnerResult | undefined>()
    let isUnderWay = false
    const ended = (async () => {
      using slot = await gate.acquire(share, withinMs)
      isUnderWay = true
      const reply = await end.promise
      if (reply) slot.ended(reply, aCall())
    })()
    ended.catch(() => undefined)
    return { ended, end: end.resolve, isUnderWay: () => isUnderWay }
  }
  async function fail(times: number) {
    for (let failure = 0; failure < times; failure++) await call(LOST)
  }
  return { clock, gate, call, hangingCall, fail }
}

const notNow = (reason: string, retryAfterMs: number) => ({ name: 'NotNow', reason, retryAfterMs })

describe('a partner that gives no answers', () => {
  it('is left alone after ten in a row, and every caller learns at once for how long', async () => {
    const { gate, call, fail } = aGate()
    await fail(FAILURES_THAT_OPEN)
    await expect(call(ACCEPTED)).rejects.toMatchObject(notNow('breaker-open', 1_000))
    await expect(call(ACCEPTED, 'recovery')).rejects.toMatchObject({ reason: 'breaker-open' })
    expect({ closedForMs: gate.closedForMs(), room: gate.roomForRecovery() }).toEqual({ closedForMs: 1_000, room: 0 })
  })

  it('is not left alone after a rejection in between', async () => {
    const { call, fail } = aGate()
    await fail(FAILURES_THAT_OPEN - 1)
    await call(REFUSED)
    await fail(FAILURES_THAT_OPEN - 1)
    await call(ACCEPTED)
  })

  const visitor = (clientIp: string | null, of: Partial<GateCall> = {}) => ({ ...aCall(), clientIp, ...of })
  const isOpenAfter = async (replies: [PartnerResult, GateCall][]) => {
    const { gate, call } = aGate()
    for (const [reply, of] of replies) await call(reply, 'visitors', 0, of).catch(() => undefined)
    return gate.closedForMs() > 0
  }
  const times = (count: number, one: (index: number) => [PartnerResult, GateCall]) =>
    Array.from({ length: count }, (_, index) => one(index))

  it.each([
    ['a connection that is refused', UNREACHED],
    ['no answer', LOST],
    ['a gateway without a partner', answered(503)],
    ['an error of its own', answered(500)],
    ['a redirect', answered(302)],
  ])('is left alone after %s, for ten visitors from ten addresses', async (_, reply) => {
    expect(await isOpenAfter(times(9, (index) => [reply, visitor(`198.51.100.${index}`)]))).toBe(false)
    expect(await isOpenAfter(times(10, (index) => [reply, visitor(`198.51.100.${index}`)]))).toBe(true)
    expect(await isOpenAfter(times(10, (index) => [reply, visitor(`2001:db8:0:${index}::1`)]))).toBe(true)
  })

  it.each([
    ['an error of its own', answered(500)],
    ['no answer', LOST],
    ['a gateway’s error', answered(504)],
  ])('is not taken for down by thirty visitors of one address who get %s', async (_, reply) => {
    expect(await isOpenAfter(times(30, () => [reply, visitor('198.51.100.7')]))).toBe(false)
    expect(await isOpenAfter(times(30, (index) => [reply, visitor(`2001:db8::${index}`)]))).toBe(false)
    expect(await isOpenAfter(times(30, () => [reply, visitor('::ffff:198.51.100.7')]))).toBe(false)
  })

  it('is taken for down where no visitor’s address is known and nothing comes back, but not by its own errors', async () => {
    for (const address of [null, '127.0.0.1', '10.0.0.7', 'fd00::1']) {
      expect(await isOpenAfter(times(10, () => [LOST, visitor(address)]))).toBe(true)
      expect(await isOpenAfter(times(10, () => [UNREACHED, visitor(address)]))).toBe(true)
    }
    expect(await isOpenAfter(times(30, () => [answered(500), visitor('127.0.0.1')]))).toBe(false)
  })

  it('is not taken for down by one registration, however often it fails', async () => {
    expect(await isOpenAfter(times(30, () => [UNREACHED, visitor(null, { registrationId: 'one' })]))).toBe(false)
  })

  it('is not taken for down by probes while it is asked by all', async () => {
    expect(await isOpenAfter(times(30, () => [LOST, visitor(null, { probing: true })]))).toBe(false)
  })

  it.each([200, 204, 400, 401, 404, 422, 423])(
    'is not taken for down by complete answers (HTTP %i)',
    async (status) => {
      expect(await isOpenAfter(times(30, () => [answered(status), visitor(null)]))).toBe(false)
      const inBetween = times(19, (index) => [index === 9 ? answered(status) : LOST, visitor(null)])
      expect(await isOpenAfter(inBetween)).toBe(false)
    },
  )

  it('is neither well nor down by what a gateway says of one call', async () => {
    const inBetween = times(11, (index) => [index === 5 ? answered(499, false) : LOST, visitor(null)])
    expect(await isOpenAfter(inBetween)).toBe(true)
    expect(await isOpenAfter(times(30, () => [answered(408, false), visitor(null)]))).toBe(false)
  })

  it('is asked by one call after the pause, and by all once that is answered', async () => {
    const { clock, call, hangingCall, fail } = aGate()
    await fail(FAILURES_THAT_OPEN)
    await clock.advance(1_000)
    const findingOut = hangingCall()
    await expect(call(ACCEPTED)).rejects.toMatchObject({ reason: 'breaker-open' })
    findingOut.end(ACCEPTED)
    await findingOut.ended
    await Promise.all([call(ACCEPTED), call(ACCEPTED)])
  })

  it('is left alone for longer each time, for 15 s at most', async () => {
    const { clock, gate, call, fail } = aGate()
    await fail(FAILURES_THAT_OPEN)
    const pauses: number[] = []
    for (let turn = 0; turn < 6; turn++) {
      pauses.push(gate.closedForMs())
      await clock.advance(gate.closedForMs())
      await call(LOST)
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
  })

  it('frees its slot once, however often it is given back', async () => {
    const { gate } = aGate(1)
    const slot = await gate.acquire('visitors', 0)
    slot[Symbol.dispose]()
    slot[Symbol.dispose]()
    expect(gate.usage()).toEqual({ used: 0, waiting: 0 })
  })

  it('isn’t taken for well where the call that was to find out was never made', async () => {
    const { clock, gate, call, fail } = aGate()
    await fail(FAILURES_THAT_OPEN)
    await clock.advance(1_000)
    const slot = await gate.acquire('visitors', 0)
    slot[Symbol.dispose]()
    await call(LOST)
    await expect(call(ACCEPTED)).rejects.toMatchObject({ reason: 'breaker-open' })
  })
})

describe('a partner that asks to be left alone', () => {
  it('is, by everybody, and everybody is told how long', async () => {
    const { clock, gate, call } = aGate()
    await call(busyFor(60_000))
    await clock.advance(10_000)
    await expect(call(ACCEPTED)).rejects.toMatchObject(notNow('asked-to-wait', 50_000))
    expect({ closedForMs: gate.closedForMs(), room: gate.roomForRecovery() }).toEqual({ closedForMs: 50_000, room: 0 })
    await clock.advance(50_000)
    await call(ACCEPTED)
  })

  it('is waited for where it asks for no longer than the caller waits', async () => {
    const { clock, call } = aGate()
    await call(busyFor(1_500))
    const waiting = call(ACCEPTED)
    await clock.advance(1_500)
    await waiting
  })

  it('is asked again within the hour, whatever it asks for', async () => {
    const { gate, call } = aGate()
    await call(busyFor(1e12))
    expect(gate.closedForMs()).toBe(3_600_000)
  })
})

describe('a partner that may be called so often at once', () => {
  it('has no room for one more, who waits for it and learns so when it has waited enough', async () => {
    const { clock, call, hangingCall } = aGate(1)
    const first = hangingCall()
    const served = hangingCall()
    const turnedAway = expect(call(ACCEPTED, 'visitors', 500)).rejects.toMatchObject(notNow('no-slot', 1_000))
    await clock.advance(500)
    await turnedAway
    first.end(ACCEPTED)
    await first.ended
    await clock.advance(0)
    expect(served.isUnderWay()).toBe(true)
  })

  it('has room for recovery as soon as a call ends, however many visitors wait', async () => {
    const { clock, hangingCall } = aGate(3)
    const visitors = Array.from({ length: 8 }, () => hangingCall())
    const recovery = hangingCall('recovery', 5_000)
    visitors[0]?.end(ACCEPTED)
    await visitors[0]?.ended
    await clock.advance(0)
    expect(recovery.isUnderWay()).toBe(true)
  })

  it('has room for visitors, however much recovery wants', async () => {
    const { clock, gate, call, hangingCall } = aGate(8)
    const recovery = Array.from({ length: 8 }, () => hangingCall('recovery', 5_000))
    await clock.advance(0)
    expect(recovery.filter(({ isUnderWay }) => isUnderWay())).toHaveLength(2)
    expect(gate.roomForRecovery()).toBe(2)
    await Promise.all(Array.from({ length: 6 }, () => call(ACCEPTED, 'visitors', 0)))
  })

  it('is called by visitors and recovery in turn where it may be called once', async () => {
    const { call, gate } = aGate(1)
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
  reply: PartnerResult | undefined
}

const plannedCalls: fc.Arbitrary<PlannedCall[]> = fc.array(
  fc.record({
    at: fc.nat(5_000),
    share: fc.constantFrom<GateShare>('visitors', 'recovery'),
    withinMs: fc.nat(3_000),
    lastsMs: fc.nat(2_000),
    reply: fc.constantFrom(LOST, LOST, ACCEPTED, REFUSED, busyFor(700), undefined),
  }),
  { maxLength: 60 },
)

it('keeps to its cap and its shares, lets nobody wait for longer than they want, and forgets nobody', async () => {
  await fc.assert(
    fc.asyncProperty(plannedCalls, fc.integer({ min: 1, max: 6 }), async (planned, calls) => {
      const time = createVirtualTime()
      const gate = createPartnerGate({ calls, clock: { ...time, now: () => time.now, wall: () => time.now } })
      const underWay = { visitors: 0, recovery: 0 }
      const most = { calls: 0, recovery: 0 }
      const make = async ({ at, share, withinMs, lastsMs, reply }: PlannedCall): Promise<void> => {
        await time.pause(at)
        const asked = time.now
        const begun = () => expect(time.now - asked).toBeLessThanOrEqual(withinMs)
        try {
          using slot = await gate.acquire(share, withinMs)
          begun()
          underWay[share]++
          most.calls = Math.max(most.calls, underWay.visitors + underWay.recovery)
          most.recovery = Math.max(most.recovery, underWay.recovery)
          await time.pause(lastsMs)
          underWay[share]--
          if (reply) slot.ended(reply, aCall())
        } catch (error) {
          begun()
          expect(error).toBeInstanceOf(NotNow)
          expect((error as NotNow).retryAfterMs).toBeGreaterThan(0)
        }
      }
      await time.until(Promise.all(planned.map(make)))
      expect(most.calls).toBeLessThanOrEqual(calls)
      expect(most.recovery).toBeLessThanOrEqual(Math.max(Math.floor(calls / 4), 1))
      expect(gate.usage()).toEqual({ used: 0, waiting: 0 })
      // Whatever happened, the partner is asked again some day.
      await time.until(time.pause(60_000))
      using slot = await time.until(gate.acquire('visitors', 0))
      expect(slot).toBeDefined()
    }),
  )
})
