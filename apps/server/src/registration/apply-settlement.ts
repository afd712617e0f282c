import type { Registration } from './registration.ts'
import type { Settlement } from './settlement.ts'

/** What will be on file once the settlement is: the visitor needn't wait for the database to be back. */
export function applySettlement(registration: Registration, settlement: Settlement): Registration {
  const settled: Registration = { ...registration, asking: false, nextAttemptInMs: 0 }
  switch (settlement.to) {
    case 'succeeded':
      return { ...settled, status: 'succeeded', partnerAnswer: settlement.answer, depositUrl: settlement.depositUrl }
    case 'succeeded_without_link':
      return { ...settled, status: 'succeeded_without_link', partnerAnswer: settlement.answer }
    case 'rejected':
      return { ...settled, status: 'rejected', rejection: { code: settlement.code, message: settlement.message } }
    case 'unasked':
      return { ...settled, nextAttemptInMs: settlement.nextAttemptInMs }
    case 'uncertain': {
      // The lease of a call that may be under way was the due time until now.
      const leaseMs = settlement.leaseIsOver ? 0 : registration.nextAttemptInMs
      return { ...settled, status: 'uncertain', nextAttemptInMs: Math.max(settlement.nextAttemptInMs, leaseMs) }
    }
    case 'stuck':
      return { ...settled, status: 'stuck', stuckReason: settlement.reason }
  }
}
