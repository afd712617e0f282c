import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createDatabaseClock } from './database-clock.ts'

const TOLERANCE_MS = 250

it('a steady clock has no jump, whatever delays the queries and the process have', () => {
  const step = fc.record({ before: fc.nat(5_000), there: fc.nat(5_000), back: fc.nat(5_000) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1 }), fc.integer({ min: -1e9, max: 1e9 }), (steps, aheadMs) => {
      const clock = createDatabaseClock(TOLERANCE_MS)
      let now = 0
      for (const { before, there, back } of steps) {
        const askedAt = now + before
        const readAt = askedAt + there
        now = readAt + back
        clock.note({ databaseMs: readAt + aheadMs, askedAt, answeredAt: now })
      }
      expect(clock.jumpedSince(0)).toBe(false)
    }),
  )
})

it('a jump longer than the query took is detected, with its time', () => {
  const clock = createDatabaseClock(TOLERANCE_MS)
  clock.note({ databaseMs: 1_000, askedAt: 0, answeredAt: 10 })
  clock.note({ databaseMs: 41_000, askedAt: 990, answeredAt: 1_000 })
  expect(clock.jumpedSince(1_000)).toBe(true)
  expect(clock.jumpedSince(1_001)).toBe(false)
})

it('a jump is detected although an earlier reading took longer than the jump', () => {
  const clock = createDatabaseClock(TOLERANCE_MS)
  clock.note({ databaseMs: 1_000, askedAt: 0, answeredAt: 10 })
  clock.note({ databaseMs: 14_000, askedAt: 1_000, answeredAt: 13_005 })
  clock.note({ databaseMs: 16_000, askedAt: 14_000, answeredAt: 14_010 })
  expect(clock.jumpedSince(14_010)).toBe(true)
})

it('a clock that is set back has no jump, but setting it ahead again is one', () => {
  const clock = createDatabaseClock(TOLERANCE_MS)
  clock.note({ databaseMs: 3_600_000, askedAt: 0, answeredAt: 1 })
  clock.note({ databaseMs: 1_000, askedAt: 1_000, answeredAt: 1_001 })
  expect(clock.jumpedSince(0)).toBe(false)
  clock.note({ databaseMs: 3_602_000, askedAt: 2_000, answeredAt: 2_001 })
  expect(clock.jumpedSince(2_000)).toBe(true)
})
