import { describe, expect, it } from 'vitest'
import { aRegistration } from '../../test/support/a-registration.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { createDatabaseClock } from './database-clock.ts'
import { DatabaseUnavailable } from './database-unavailable.ts'
import type { Claim } from './registration-store.ts'
import { takeClaim } from './take-claim.ts'

const policy = { partnerTimeoutMs: 1_000, uniqueByEmail: true, probeForMs: 60_000, requestDeadlineMs: 5_000 }
/** A quarter of the partner's time: beyond it a claim is too old for its call. */
const WINDOW_MS = 250
const LEASE_MS = 2_250
const REFUSED = new DatabaseUnavailable('refused')
const ANSWER_LOST = new DatabaseUnavailable('cut', { mayHaveCommitted: true })

function aWorld() {
  const clock = createFakeClock()
  const databaseClock = createDatabaseClock(WINDOW_MS)
  const registration = aRegistration()
  const claim: Claim = { id: registration.id, attempt: 2, probing: true, registration }
  /** Takes a claim that comes of these answers, one after the other. */
  async function take(...answers: (Claim | Error | undefined)[]) {
    let asked = 0
    const taking = takeClaim({ clock, databaseClock, policy }, async () => {
      const answer = answers[asked++]
      if (answer instanceof Error) throw answer
      return answer
    }).then(
      (taken) => ({ taken, asked }),
      (error: unknown) => ({ error, asked }),
    )
    await clock.advance(10 * WINDOW_MS)
    return taking
  }
  return { clock, databaseClock, claim, take }
}

describe('takeClaim', () => {
  it('asks again for a claim whose answer was lost, and uses the one that was committed', async () => {
    const { take, claim } = aWorld()
    expect(await take(ANSWER_LOST, claim)).toMatchObject({ taken: { claim }, asked: 2 })
  })

  it('goes on asking while the database restarts, once an answer was lost', async () => {
    const { take, claim } = aWorld()
    expect(await take(ANSWER_LOST, REFUSED, claim)).toMatchObject({ taken: { claim }, asked: 3 })
  })

  it('asks once where the claim was certainly not committed', async () => {
    const { take } = aWorld()
    expect(await take(REFUSED)).toMatchObject({ error: REFUSED, asked: 1 })
  })

  it('gives up when no call could be sent by the claim any more', async () => {
    const { take } = aWorld()
    const lost = Array.from({ length: 100 }, () => ANSWER_LOST)
    // At 0, 100 and 200 ms of the window's 250.
    expect(await take(...lost)).toMatchObject({ error: ANSWER_LOST, asked: 3 })
  })

  it('counts the window from the first try', async () => {
    const { take, claim } = aWorld()
    const { taken } = (await take(ANSWER_LOST, ANSWER_LOST, claim)) as { taken: { maySend(): boolean } }
    // The clock went on since.
    expect(taken.maySend()).toBe(false)
  })

  it('sends nothing after a suspension of the machine, which the wall clock alone tells', async () => {
    const { clock, databaseClock, claim } = aWorld()
    let wall = 1_000_000
    const suspended = { ...clock, wall: () => wall }
    const taken = await takeClaim({ clock: suspended, databaseClock, policy }, async () => claim)
    expect(taken?.maySend()).toBe(true)
    wall += WINDOW_MS + 1
    expect(taken?.maySend()).toBe(false)
  })

  describe('of a lease that has ended', () => {
    async function takeAt(databaseMs: number, world: ReturnType<typeof aWorld>) {
      const { taken } = (await world.take({ ...world.claim, tookOverAt: databaseMs })) as { taken: object }
      return taken
    }
    const DAY_MS = 86_400_000

    it('allows the call where the database’s clock went on as ours did', async () => {
      const world = aWorld()
      world.databaseClock.note({ databaseMs: DAY_MS, askedAt: 0, answeredAt: 1 })
      await world.clock.advance(10_000)
      expect(await takeAt(DAY_MS + 10_000, world)).toMatchObject({ mayOverlap: false })
    })

    it('allows no call where the database’s clock has jumped ahead since it was last read', async () => {
      const world = aWorld()
      world.databaseClock.note({ databaseMs: DAY_MS, askedAt: 0, answeredAt: 1 })
      await world.clock.advance(1_000)
      expect(await takeAt(DAY_MS + 41_000, world)).toMatchObject({ mayOverlap: true })
    })

    it('allows no call for the length of a lease after the jump was seen, and then does again', async () => {
      const world = aWorld()
      const reading = (databaseMs: number) => ({
        databaseMs,
        askedAt: world.clock.now(),
        answeredAt: world.clock.now(),
      })
      world.databaseClock.note(reading(DAY_MS))
      world.databaseClock.note(reading(DAY_MS + 40_000))
      expect(await takeAt(DAY_MS + 40_000, world)).toMatchObject({ mayOverlap: true })
      await world.clock.advance(LEASE_MS)
      expect(await takeAt(DAY_MS + 40_000 + world.clock.now(), world)).toMatchObject({ mayOverlap: false })
    })
  })
})
