import type { ClaimedCall } from '../registration/registration-store.ts'
import type { Settlement } from '../registration/settlement.ts'
import { sealAnswer } from './partner-secrets.ts'
import type { SecretBox } from './secret-box.ts'

/** A settlement as the statement takes it. What doesn't apply is left out, which PostgreSQL takes for null. */
export interface SettlementRow {
  id: string
  attempt: number
  status: string
  /** How the call ended, where that is known. */
  outcome?: string | undefined
  duration_ms?: number | undefined
  looked_up?: true | undefined
  finished?: true
  /** Whether the claimed call is certainly no longer under way. */
  lease_is_over?: boolean
  next_attempt_in_ms?: number
  stuck_reason?: string
  deposit_url?: string | null
  partner_answer?: unknown
  partner_secrets?: string | null
  partner_domain?: string | null
  partner_login?: string | null
  rejection_code?: string
  partner_message?: string | null
}

export function settlementRow(box: SecretBox, call: ClaimedCall, settlement: Settlement): SettlementRow {
  const { id, attempt, ended } = call
  const status = settlement.to === 'unasked' ? 'pending' : settlement.to
  const row: SettlementRow = {
    id,
    attempt,
    status,
    outcome: ended?.outcome,
    duration_ms: ended?.durationMs,
    looked_up: ended?.lookedUp,
  }
  switch (settlement.to) {
    case 'succeeded': {
      const { answer, depositUrl } = settlement
      // A link that logs somebody in is a secret, and lies encrypted with the others.
      const deposit_url = depositUrl === answer.autologin ? null : depositUrl
      return { ...row, ...FINISHED, deposit_url, ...account(box, id, settlement) }
    }
    case 'succeeded_without_link':
      return { ...row, ...FINISHED, ...account(box, id, settlement) }
    case 'rejected':
      return { ...row, ...FINISHED, rejection_code: settlement.code, partner_message: settlement.message }
    case 'unasked':
      return { ...row, lease_is_over: true, next_attempt_in_ms: settlement.nextAttemptInMs }
    case 'uncertain': {
      const { leaseIsOver, nextAttemptInMs } = settlement
      return { ...row, lease_is_over: leaseIsOver, next_attempt_in_ms: nextAttemptInMs }
    }
    case 'stuck':
      return { ...row, stuck_reason: settlement.reason }
  }
}

const FINISHED = { finished: true, lease_is_over: true } as const

function account(box: SecretBox, id: string, { answer }: Extract<Settlement, { answer: unknown }>) {
  if (!answer) return {}
  return {
    ...sealAnswer(box, id, answer),
    partner_domain: answer.domain ?? null,
    partner_login: answer.login === undefined ? null : String(answer.login),
  }
}
