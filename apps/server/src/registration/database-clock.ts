/** One look at the database's clock. The process's own monotonic clock tells when it was asked and when it had answered. */
export interface ClockReading {
  databaseMs: number
  askedAt: number
  answeredAt: number
}

/** Notices where the database's clock jumps ahead, as when it is set or a skewed standby takes over: leases end too early then. */
export interface DatabaseClock {
  note(reading: ClockReading): void
  /** Whether the clock was seen to jump ahead at this instant of the monotonic clock or later. */
  jumpedSince(instant: number): boolean
}

/**
 * @param toleranceMs by how much the two clocks may move apart between two readings; a lease has that much to spare
 */
export function createDatabaseClock(toleranceMs: number): DatabaseClock {
  /** By how much the database's clock was at most ahead of ours when it was last read. */
  let aheadByAtMost = Number.POSITIVE_INFINITY
  let jumpedAt = Number.NEGATIVE_INFINITY
  return {
    note({ databaseMs, askedAt, answeredAt }) {
      // It was read at some time in between: a process that stood still meanwhile must not take that for a jump.
      if (databaseMs - answeredAt > aheadByAtMost + toleranceMs) jumpedAt = answeredAt
      // What took long says little: it must not hide a jump that comes after it.
      const isPrecise = answeredAt - askedAt <= toleranceMs
      aheadByAtMost = isPrecise ? databaseMs - askedAt : Math.min(aheadByAtMost, databaseMs - askedAt)
    },
    jumpedSince: (instant) => jumpedAt >= instant,
  }
}
