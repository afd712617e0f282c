import { isFinal } from '../../../src/registration/registration.ts'
import type { Row } from './evidence.ts'

/**
 * The claims of a registration that came too early, by its history and the database's clock: before the previous call
 * had ended or lost its lease, or after the outcome.
 */
export function claimsOutOfOrder({ created_at, history }: Row, leaseMs: number): string[] {
  const violations: string[] = []
  // Inserting the intent is the first claim.
  let claim = { attempt: 1, at: created_at.getTime() }
  let hasEnded = false
  let hasOutcome = false
  for (const event of history) {
    if (event.did === 'claim') {
      const next = { attempt: event.attempt, at: Date.parse(event.at) }
      if (hasOutcome) violations.push(`claim ${next.attempt} came after the outcome`)
      const ms = next.at - claim.at
      if (!hasEnded && ms < leaseMs) violations.push(`claim ${next.attempt} came ${ms} ms after claim ${claim.attempt}`)
      claim = next
      hasEnded = false
    }
    if (event.did === 'end') {
      hasEnded ||= event.attempt === claim.attempt
      hasOutcome ||= isFinal(event.status)
    }
  }
  return violations
}
