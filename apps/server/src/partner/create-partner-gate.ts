import ipaddr from 'ipaddr.js'
import type { Clock } from '../registration/clock.ts'
import type { BreakerState, LookUpResult, PartnerResult } from '../registration/partner.ts'
import {
  type GateCall,
  type GateShare,
  NotNow,
  type NotNowReason,
  type PartnerGate,
} from '../registration/partner-gate.ts'

export interface PartnerGateOptions {
  /** Calls that may be under way at once; twice as many may wait for their turn. */
  calls: number
  clock: Clock
  onBreaker?: (state: BreakerState) => void
  onNotNow?: (reason: NotNowReason) => void
}

/** So many visitors in a row whose calls got no answer mean that the partner is down, rather than unlucky. */
const FAILURES_IN_A_ROW = 10
/** Then one call at a time finds out whether it is back: soon at first, in case it was a restart. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 15_000
/** A partner may ask to be left alone for longer than anybody should wait for an outcome: asked once in so long, it is. */
const LONGEST_ASKED_MS = 3_600_000
/** Of the calls at once; recovery never takes more, so that visitors find room after an outage. */
const RECOVERY_SHARE = 0.25
/** Calls take some tenths of a second: room comes and goes. */
const ROOM_AGAIN_MS = 1_000

interface Waiter {
  share: GateShare
  /** Takes the slot that has become free. */
  admit(): void
}

/**
 * The circuit breaker, the pause that the partner asked for, and the cap on calls, in one place.
 *
 * A library's policies wrap the call itself. Here the permission is needed before an intent is written, which comes before
 * the call; it is given back where no call comes of it, and then proves nothing; and the cap has two shares.
 */
export function createPartnerGate({
  calls,
  clock,
  onBreaker = () => undefined,
  onNotNow = () => undefined,
}: PartnerGateOptions): PartnerGate & { usage(): { used: number; waiting: number } } {
  const mostOfRecovery = Math.max(Math.floor(calls * RECOVERY_SHARE), 1)
  const used: Record<GateShare, number> = { visitors: 0, recovery: 0 }
  const waiting: Record<GateShare, Waiter[]> = { visitors: [], recovery: [] }
  let lastAdmitted: GateShare = 'visitors'
  let askedToWaitUntil = Number.NEGATIVE_INFINITY
  const breaker = createBreaker(clock, onBreaker)

  const waitingInAll = () => waiting.visitors.length + waiting.recovery.length
  const mayTakeSlot = (share: GateShare) =>
    used.visitors + used.recovery < calls && (share === 'visitors' || used.recovery < mostOfRecovery)

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

  function refuse(reason: NotNowReason, retryAfterMs: number): NotNow {
    onNotNow(reason)
    return new NotNow(reason, Math.ceil(retryAfterMs))
  }

  /** Resolves with the slot taken. @throws NotNow when there is none in time */
  function takeSlot(share: GateShare, withinMs: number): Promise<void> | undefined {
    if (mayTakeSlot(share)) {
      take(share)
      return undefined
    }
    if (withinMs <= 0 || waiting[share].length >= 2 * calls) throw refuse('no-slot', ROOM_AGAIN_MS)
    return new Promise((resolve, reject) => {
      const cancel = clock.after(withinMs, () => {
        waiting[share].splice(waiting[share].indexOf(waiter), 1)
        reject(refuse('no-slot', ROOM_AGAIN_MS))
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

  /** Why no call may be made at the moment, and for how long; undefined where it is a matter of room. */
  function closing(): { reason: NotNowReason; ms: number } | undefined {
    const openForMs = breaker.openForMs()
    if (openForMs > 0) return { reason: 'breaker-open', ms: openForMs }
    const askedMs = askedToWaitUntil - clock.now()
    return askedMs > 0 ? { reason: 'asked-to-wait', ms: askedMs } : undefined
  }

  /** Waits for the end of a short pause. @throws NotNow while the partner is down, or wants to be left alone for longer */
  async function passClosing(until: number): Promise<void> {
    for (let closed = closing(); closed; closed = closing()) {
      const { reason, ms } = closed
      // While the partner is down there is no telling for how long: visitors learn so at once.
      if (reason === 'breaker-open' || clock.now() + ms > until) throw refuse(reason, ms)
      await clock.pause(ms)
    }
  }

  function note(reply: PartnerResult | LookUpResult): void {
    if (reply.kind !== 'not-processed' || !reply.reached || reply.retryAfterMs === undefined) return
    const askedMs = Math.min(reply.retryAfterMs, LONGEST_ASKED_MS)
    askedToWaitUntil = Math.max(askedToWaitUntil, clock.now() + askedMs)
  }

  return {
    async acquire(share, withinMs) {
      const until = clock.now() + withinMs
      await passClosing(until)
      await takeSlot(share, until - clock.now())
      // Much may have happened while it waited for its slot.
      const closed = closing()
      if (closed) {
        release(share)
        throw refuse(closed.reason, closed.ms)
      }
      const call = breaker.begin()
      let isReleased = false
      return {
        ended(result, of) {
          call.ended(signOf(result), culpritOf(result, of), of.probing)
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
    closedForMs: () => Math.ceil(closing()?.ms ?? 0),
    roomForRecovery: () => (closing() ? 0 : mostOfRecovery),
    usage: () => ({ used: used.visitors + used.recovery, waiting: waitingInAll() }),
  }
}

/** What a call's end says of the partner as a whole. */
type Sign = 'up' | 'down' | 'none'

/**
 * Complete 2xx and 4xx answers come from a partner who is there, whatever they say of the visitor; so does 429. Those that a gateway
 * may give for a partner that is still at work say nothing.
 */
function signOf(reply: PartnerResult | LookUpResult): Sign {
  if (reply.kind === 'not-processed') return reply.reached ? 'up' : 'down'
  if (reply.kind !== 'unknown') return 'up'
  const { status, answeredCompletely } = reply
  if (status === undefined) return 'down'
  if (status < 300 || (status >= 400 && status < 500)) return answeredCompletely ? 'up' : 'none'
  return 'down'
}

/**
 * Who may have brought a failure about. A connection that isn't made is nobody's doing. An e-mail on which the partner breaks may be
 * sent a hundred times, so that all calls of one client's network count as one; where visitors can't be told apart by their
 * addresses, each counts, unless the partner itself answers.
 */
function culpritOf(reply: PartnerResult | LookUpResult, { registrationId, clientIp }: GateCall): string {
  if (reply.kind === 'not-processed') return registrationId
  const network = clientNetwork(clientIp)
  const isPartnersOwn = reply.kind === 'unknown' && reply.status !== undefined && reply.answeredCompletely
  return network ?? (isPartnersOwn && clientIp !== null ? clientIp : registrationId)
}

/** Opens after failures of so many in a row. Then one call at a time finds out, and all others are spared. */
function createBreaker(clock: Clock, onState: (state: BreakerState) => void) {
  /** Who had failures since the partner was last seen to be there. */
  const failed = new Set<string>()
  let pauseMs = FIRST_PAUSE_MS
  /** Undefined: closed. */
  let openUntil: number | undefined
  let isFindingOut = false

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
    /** How long no call may begin; 0 where one may. */
    openForMs(): number {
      if (openUntil === undefined) return 0
      return isFindingOut ? Math.max(openUntil - clock.now(), FIRST_PAUSE_MS) : Math.max(openUntil - clock.now(), 0)
    },
    /** Begins a call, which finds out where the breaker was open. Only while `openForMs` is 0. */
    begin() {
      let findsOut = openUntil !== undefined
      if (findsOut) {
        isFindingOut = true
        onState('half-open')
      }
      return {
        ended(sign: Sign, culprit: string, probing: boolean): void {
          if (findsOut) {
            findsOut = false
            isFindingOut = false
            if (sign === 'up') close()
            else open()
          } else if (openUntil === undefined) {
            if (sign === 'up') failed.clear()
            // A probe repeats what has failed before.
            if (sign === 'down' && !probing) failed.add(culprit)
            if (failed.size >= FAILURES_IN_A_ROW) open()
          }
        },
        /** No call came of it: the next one may find out. */
        giveBack(): void {
          if (!findsOut) return
          findsOut = false
          isFindingOut = false
          onState('open')
        },
      }
    },
  }
}

/**
 * What one client has at its command: its address, or the /64 of IPv6. Undefined for an address that is nobody's on the internet, such
 * as that of a load balancer which `TRUSTED_PROXIES` doesn't name.
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
