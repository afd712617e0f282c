import type { LookUpResult, PartnerResult } from './partner.ts'

/** Who wants to call the partner. Each has a share of the slots. */
export type GateShare = 'visitors' | 'recovery'

/** Why no call may be made now: the partner is down, it asked for a pause, or no slot is free. */
export type NotAllowedReason = 'breaker-open' | 'asked-to-wait' | 'no-slot'

/** No call to the partner may be made in time, and nothing was written for it. */
export class CallNotAllowed extends Error {
  override readonly name = 'CallNotAllowed'
  readonly reason: NotAllowedReason
  /** When to try again, in milliseconds. */
  readonly retryAfterMs: number

  constructor(reason: NotAllowedReason, retryAfterMs: number) {
    super(`no call to the partner may be made now: ${reason}`)
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }
}

/** Whose call it was. The circuit breaker counts failures of one registration, or of one client network, once. */
export interface GateCall {
  registrationId: string
  clientIp: string | null
  /** Whether an earlier call may have reached the partner. */
  probing: boolean
}

/** The permission to make one call. Disposing gives it back; a second time has no effect. */
export interface PartnerSlot extends Disposable {
  /** Reports how a call ended. Not called when no call was made. */
  ended(result: PartnerResult | LookUpResult, call: GateCall): void
}

/** Decides, before an intent or a claim is written, whether one more call to the partner may be made. */
export interface PartnerGate {
  /**
   * Waits for the permission to make one call.
   *
   * @throws CallNotAllowed when there is none within `withinMs`
   */
  acquire(share: GateShare, withinMs: number): Promise<PartnerSlot>
  /** How long no call may be made at all, in milliseconds; 0 if only the number of slots limits calls. */
  closedForMs(): number
  /** How many calls recovery may have in progress now; 0 if none may be made at all. */
  roomForRecovery(): number
}
