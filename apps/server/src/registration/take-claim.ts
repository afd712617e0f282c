import { startStopwatch } from './clock.ts'
import { DatabaseUnavailable } from './database-unavailable.ts'
import { leaseMs, sendWithinMs } from './policy.ts'
import type { RegistrationPorts } from './ports.ts'
import type { Claim } from './registration-store.ts'

/** A committed claim, and what it allows. */
export interface TakenClaim {
  claim: Claim
  /** Whether the call may still be sent. Asked again right before its first byte is written. */
  maySend(): boolean
  /** Whether the call before may still be under way although its lease is over, so that none may be made yet. */
  mayOverlap: boolean
}

/** Long enough for a connection to be replaced, short enough for several tries. */
const ASK_AGAIN_AFTER_MS = 100

/**
 * Commits a claim by `claimCall`. Where the answer to the commit is lost, it is asked again as long as a call might be sent
 * by it: `claimCall` then finds the claim that it made before. Undefined when there is none.
 *
 * @throws DatabaseUnavailable when the claim can't be committed, or whether it was isn't known in time
 */
export async function takeClaim(
  { clock, databaseClock, policy }: Pick<RegistrationPorts, 'clock' | 'databaseClock' | 'policy'>,
  claimCall: () => Promise<Claim | undefined>,
): Promise<TakenClaim | undefined> {
  // Measured from before the first try, so that the lease can't have begun earlier.
  const elapsedMs = startStopwatch(clock)
  const maySend = () => elapsedMs() <= sendWithinMs(policy)
  let isInDoubt = false
  for (;;) {
    const askedAt = clock.now()
    try {
      const claim = await claimCall()
      if (!claim) return undefined
      const { tookOverAt } = claim
      if (tookOverAt === undefined) return { claim, maySend, mayOverlap: false }
      databaseClock.note({ databaseMs: tookOverAt, askedAt, answeredAt: clock.now() })
      return { claim, maySend, mayOverlap: databaseClock.jumpedSince(clock.now() - leaseMs(policy)) }
    } catch (error) {
      isInDoubt ||= error instanceof DatabaseUnavailable && error.mayHaveCommitted
      if (!isInDoubt || !(error instanceof DatabaseUnavailable)) throw error
      await clock.pause(ASK_AGAIN_AFTER_MS)
      if (!maySend()) throw error
    }
  }
}
