import type { LookUpReply, PartnerReply } from './partner.ts'

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

/** The permission to make one call. */
export interface GatePass {
  /** Tells how a call ended. Where no call comes of the permission, nothing is told. */
  ended(reply: PartnerReply | LookUpReply): void
}

/** Decides, before an intent or a claim is written, whether one more call to the partner may be made. */
export interface PartnerGate {
  /**
   * Runs a task that claims and makes one call, once there is room for it.
   *
   * @throws NotNow when there is none within `withinMs`; the task was not begun then, nor will it be
   */
  run<T>(share: GateShare, withinMs: number, task: (pass: GatePass) => Promise<T>): Promise<T>
  /** How long no call may be made at all, in milliseconds; 0 where it is a matter of room. */
  closedForMs(): number
  /** How many calls recovery may have under way at the moment; 0 where none may be made at all. */
  roomForRecovery(): number
}
