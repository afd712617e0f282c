import ipaddr from 'ipaddr.js'
import type { Clock } from '../registration/clock.ts'
import type { BreakerState, LookUpResult, PartnerResult } from '../registration/partner.ts'
import {
  CallNotAllowed,
  type GateCall,
  type GateShare,
  type NotAllowedReason,
  type PartnerGate,
} from '../registration/partner-gate.ts'

export interface PartnerGateOptions {
  /** Calls that may be in progress at once. Twice as many may wait for a slot. */
  calls: number
  clock: Clock
  onBreaker?: (state: BreakerState) => void
  onCallNotAllowed?: (reason: NotAllowedReason) => void
}

/** The breaker opens after this many failed calls in a row, each of a different registration or client network. */
const FAILURES_IN_A_ROW = 10
/** After each pause one trial call is made. The first pause is short, in case the partner only restarted. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 15_000
/** The longest `Retry-After` that is respected. A partner that asks for more is called once in this time. */
const LONGEST_ASKED_MS = 3_600_000
/** The largest share of all slots that recovery may use, so that visitors find free slots after an outage. */
const RECOVERY_SHARE = 0.25
/** Calls take a few tenths of a second, so a slot is free again soon. */
const RETRY_AFTER_NO_SLOT_MS = 1_000

interface Waiter {
  share: GateShare
  /** Takes a free slot. */
  admit(): void
}

/**
 * The circuit breaker, the pause that the partner asked for, and the cap on concurrent calls.
 *
 * Written by hand because libraries wrap the call itself. Here the slot is taken before an intent is written, which comes
 * before the call, and may be given back without a call. The cap is also shared by visitors and recovery.
 */
export function createPartnerGate({
  calls,
  clock,
  onBreaker = () => undefined,
  onCallNotAllowed = () => undefined,
}: PartnerGateOptions): PartnerGate & { usage(): { used: number; waiting: number } } {
  const maxRecoverySlots = Math.max(Math.floor(calls * RECOVERY_SHARE), 1)
  const used: Record<GateShare, number> = { visitors: 0, recovery: 0 }
  const waiting: Record<GateShare, Waiter[]> = { visitors: [], recovery: [] }
  let lastAdmitted: GateShare = 'visitors'
  let askedToWaitUntil = Number.NEGATIVE_INFINITY
  const breaker = createBreaker(clock, onBreaker)

  const waitingInAll = () => waiting.visitors.length + waiting.recovery.length
  const mayTakeSlot = (share: GateShare) =>
    used.visitors + used.recovery < calls && (share === 'visitors' || used.recovery < maxRecoverySlots)

  function release(share: GateShare): void {
    used[share]--
    // The share that wasn't served last goes first, so that neither waits until the other is empty.
    const order: GateShare[] = lastAdmitted === 'visitors' ? ['recovery', 'visitors'] : ['visitors', 'recovery']
    const next = order.find((candidate) => waiting[candidate].length > 0 && mayTakeSlot(candidate))
    if (next) waiting[next].shift()?.admit()
  }

  function take(share: GateShare): void {
    used[share]++
    lastAdmitted = share
  }

  function notAllowed(reason: NotAllowedReason, retryAfterMs: number): CallNotAllowed {
    onCallNotAllowed(reason)
    return new CallNotAllowed(reason, Math.ceil(retryAfterMs))
  }

  /** Resolves with the slot taken. @throws CallNotAllowed when there is none in time */
  function takeSlot(share: GateShare, withinMs: number): Promise<void> | undefined {
    if (mayTakeSlot(share)) {
      take(share)
      return undefined
    }
    if (withinMs <= 0 || waiting[share].length >= 2 * calls) throw notAllowed('no-slot', RETRY_AFTER_NO_SLOT_MS)
    return new Promise((resolve, reject) => {
      const cancel = clock.after(withinMs, () => {
        waiting[share].splice(waiting[share].indexOf(waiter), 1)
        reject(notAllowed('no-slot', RETRY_AFTER_NO_SLOT_MS))
      })
      const waiter: Waiter = {
        share,
        admit() {
          cancel()
          take(share)
          resolve()
        },
      }
      waiting[share].push(waiter)
    })
  }

  /** Why no call may be made now, and for how long; undefined if only the number of slots limits calls. */
  function currentPause(): { reason: NotAllowedReason; ms: number } | undefined {
    const openForMs = breaker.openForMs()
    if (openForMs > 0) return { reason: 'breaker-open', ms: openForMs }
    const askedMs = askedToWaitUntil - clock.now()
    return askedMs > 0 ? { reason: 'asked-to-wait', ms: askedMs } : undefined
  }

  /** Waits for the end of a short pause. @throws CallNotAllowed if the breaker is open or the pause is too long */
  async function waitForPause(until: number): Promise<void> {
    for (let pause = currentPause(); pause; pause = currentPause()) {
      const { reason, ms } = pause
      // Nobody knows how long the partner will be down, so visitors are told at once.
      if (reason === 'breaker-open' || clock.now() + ms > until) throw notAllowed(reason, ms)
      await clock.pause(ms)
    }
  }

  function note(result: PartnerResult | LookUpResult): void {
    if (result.kind !== 'not-processed' || !result.reached || result.retryAfterMs === undefined) return
    const askedMs = Math.min(result.retryAfterMs, LONGEST_ASKED_MS)
    askedToWaitUntil = Math.max(askedToWaitUntil, clock.now() + askedMs)
  }

  return {
    async acquire(share, withinMs) {
      const until = clock.now() + withinMs
      await waitForPause(until)
      await takeSlot(share, until - clock.now())
      // The breaker may have opened while this call waited for its slot.
      const pause = currentPause()
      if (pause) {
        release(share)
        throw notAllowed(pause.reason, pause.ms)
      }
      const call = breaker.begin()
      let isReleased = false
      return {
        ended(result, of) {
          call.ended(healthOf(result), failureKeyOf(result, of), of.probing)
          note(result)
        },
        [Symbol.dispose]() {
          if (isReleased) return
          isReleased = true
          call.giveBack()
          release(share)
        },
      }
    },
    closedForMs: () => Math.ceil(currentPause()?.ms ?? 0),
    roomForRecovery: () => (currentPause() ? 0 : maxRecoverySlots),
    usage: () => ({ used: used.visitors + used.recovery, waiting: waitingInAll() }),
  }
}

/** What the result of one call shows about the partner as a whole. */
type Health = 'up' | 'down' | 'none'

/**
 * A complete 2xx or 4xx answer proves that the partner is up, whatever it says about the visitor, and so does 429. A status that a
 * gateway may return while the partner is still working proves nothing.
 */
function healthOf(result: PartnerResult | LookUpResult): Health {
  if (result.kind === 'not-processed') return result.reached ? 'up' : 'down'
  if (result.kind !== 'unknown') return 'up'
  const { status, answeredCompletely } = result
  if (status === undefined) return 'down'
  if (status < 300 || (status >= 400 && status < 500)) return answeredCompletely ? 'up' : 'none'
  return 'down'
}

/**
 * The key by which failures are counted: failures with the same key count once. If no connection was made, each registration counts.
 * Otherwise one client could open the breaker by repeating an e-mail that makes the partner fail, so all calls of one client network
 * count once. If visitors have no public address, each registration counts, unless the partner itself answered.
 */
function failureKeyOf(result: PartnerResult | LookUpResult, { registrationId, clientIp }: GateCall): string {
  if (result.kind === 'not-processed') return registrationId
  const network = clientNetwork(clientIp)
  const isPartnersOwn = result.kind === 'unknown' && result.status !== undefined && result.answeredCompletely
  return network ?? (isPartnersOwn && clientIp !== null ? clientIp : registrationId)
}

/** Opens after `FAILURES_IN_A_ROW`. After each pause it allows one trial call, and closes if that one succeeds. */
function createBreaker(clock: Clock, onState: (state: BreakerState) => void) {
  /** The keys of all failures since the last successful call. */
  const failed = new Set<string>()
  let pauseMs = FIRST_PAUSE_MS
  /** Undefined while the breaker is closed. */
  let openUntil: number | undefined
  let isTrialUnderWay = false

  function open(): void {
    openUntil = clock.now() + pauseMs
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
    onState('open')
  }

  function close(): void {
    openUntil = undefined
    failed.clear()
    pauseMs = FIRST_PAUSE_MS
    onState('closed')
  }

  return {
    /** How long no call may begin, in milliseconds; 0 if one may. */
    openForMs(): number {
      if (openUntil === undefined) return 0
      return isTrialUnderWay ? Math.max(openUntil - clock.now(), FIRST_PAUSE_MS) : Math.max(openUntil - clock.now(), 0)
    },
    /** Begins a call: a trial if the breaker is open. Only allowed while `openForMs` is 0. */
    begin() {
      let isTrial = openUntil !== undefined
      if (isTrial) {
        isTrialUnderWay = true
        onState('half-open')
      }
      return {
        ended(health: Health, failureKey: string, probing: boolean): void {
          if (isTrial) {
            isTrial = false
            isTrialUnderWay = false
            if (health === 'up') close()
            else open()
          } else if (openUntil === undefined) {
            if (health === 'up') failed.clear()
            // A probe repeats a call that has failed before.
            if (health === 'down' && !probing) failed.add(failureKey)
            if (failed.size >= FAILURES_IN_A_ROW) open()
          }
        },
        /** No call was made, so the next one may be the trial. */
        giveBack(): void {
          if (!isTrial) return
          isTrial = false
          isTrialUnderWay = false
          onState('open')
        },
      }
    },
  }
}

/**
 * The address range that one client controls: its IPv4 address, or the /64 of its IPv6 address. Undefined for an address that is not
 * public, such as that of a load balancer which `TRUSTED_PROXIES` does not name.
 */
function clientNetwork(address: string | null): string | undefined {
  if (address === null || !ipaddr.isValid(address)) return undefined
  const ip = ipaddr.process(address)
  if (OWN_RANGES.has(ip.range())) return undefined
  return ip.kind() === 'ipv4' ? ip.toString() : (ip as ipaddr.IPv6).parts.slice(0, 4).join(':')
}

const OWN_RANGES: ReadonlySet<string> = new Set([
  ...['unspecified', 'loopback', 'private', 'linkLocal', 'uniqueLocal', 'carrierGradeNat'],
])
