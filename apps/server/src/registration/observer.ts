import type { PartnerReply } from './partner.ts'
import type { Registration } from './registration.ts'
import type { ClaimedCall } from './registration-store.ts'

/** A call to the partner that ended. */
export interface EndedCall extends ClaimedCall {
  probing: boolean
  reply: PartnerReply
  durationMs: number
}

/** Whoever keeps watch over registrations: logs, metrics. Must not throw. */
export interface Observer {
  callEnded(call: EndedCall): void
  /** A registration came to where this process left it. */
  moved(registration: Registration): void
}
