import type { LookUpResult, PartnerResult } from './partner.ts'

/** Who wants to call the partner. Each has a share of the calls that may be under way at once. */
export type GateShare = 'visitors' | 'recovery'

/** Why no call may be made now: the partner is down, it asked to be left alone, or enough calls are under way. */
export type NotNowReason = 'breaker-open' | 'asked-to-wait' | 'no-slot'

/** No call to the partner may be made in time. Nothing was begun. */
export class NotNow extends Error {
  override readonly name = 'NotNow'
  readonly reason: NotNowReason
  /** When trying again makes sense. */
  readonly retryAfterMs: number

  constructor(reason: NotNowReason, retryAfterMs: number) {
    super(`no call to the partner may be made now: ${reason}`)
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }
}

/** Whose call it was. Calls of one registration, or of one client's network, count once. */
export interface GateCall {
  registrationId: string
  clientIp: string | null
  /** Whether an earlier call may have reached the partner. */
  probing: boolean
}

/** The permission to make one call. Disposing gives it back; twice is as good as once. */
export interface PartnerSlot extends Disposable {
  /** Reports how a call ended. Not called when no call was made. */
  ended(result: PartnerResult | LookUpResult, call: GateCall): void
}

/** Decides, before an intent or a claim is written, whether one more call to the partner may be made. */
export interface PartnerGate {
  /**
   * Waits for the permission to make one call.
   *
   * @throws NotNow when there is none within `withinMs`
   */
  acquire(share: GateShare, withinMs: number): Promise<PartnerSlot>
  /** How long no call may be made at all, in milliseconds; 0 where it is a matter of room. */
  closedForMs(): number
  /** How many calls recovery may have under way at the moment; 0 where none may be made at all. */
  roomForRecovery(): number
}
