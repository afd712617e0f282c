import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Observer } from '../registration/observer.ts'
import type { BreakerState, PartnerReply } from '../registration/partner.ts'
import type { NotNowReason } from '../registration/partner-gate.ts'
import { REGISTRATION_STATUSES } from '../registration/registration.ts'
import { CALL_SECONDS } from './call-seconds.ts'

export interface RegistrationMetrics {
  registrations: Observer
  onBreaker(state: BreakerState): void
  onNotNow(reason: NotNowReason): void
  /** The secrets of a registration could not be opened. */
  onUnreadable(): void
}

const OUTCOMES = ['accepted', 'rejected', 'not-processed', 'unknown'] as const satisfies PartnerReply['kind'][]
const NOT_NOW_REASONS = ['breaker-open', 'asked-to-wait', 'no-slot'] as const satisfies NotNowReason[]
const BREAKER_STATES = ['closed', 'half-open', 'open'] as const satisfies BreakerState[]

/** What the partner was asked, and what became of registrations by it. */
export function createRegistrationMetrics(registers: Registry[]): RegistrationMetrics {
  const statuses = new Counter({
    name: 'registration_outcomes_total',
    help: 'Registrations that this process brought to a status.',
    labelNames: ['status'] as const,
    registers,
  })
  const calls = new Counter({
    name: 'registration_partner_calls_total',
    help: 'Calls to the partner, by how they ended; a probe repeats one whose outcome is unknown.',
    labelNames: ['outcome', 'probe'] as const,
    registers,
  })
  const seconds = new Histogram({
    name: 'registration_partner_call_duration_seconds',
    help: 'One call to the partner, from connect to last byte.',
    labelNames: ['outcome'] as const,
    buckets: CALL_SECONDS,
    registers,
  })
  const breaker = new Gauge({
    name: 'registration_partner_breaker_state',
    help: '1 for the state that the circuit breaker is in.',
    labelNames: ['state'] as const,
    registers,
  })
  const notNow = new Counter({
    name: 'registration_partner_not_now_total',
    help: 'Calls that were not made, and for which nothing was written: the partner is down, asked to wait, or has enough.',
    labelNames: ['reason'] as const,
    registers,
  })
  const unreadable = new Counter({
    name: 'registration_unreadable_secrets_total',
    help: 'Reads of registrations whose secrets no listed key opens: their callers got no secrets.',
    registers,
  })
  for (const reason of NOT_NOW_REASONS) notNow.inc({ reason }, 0)
  const onBreaker = (current: BreakerState) => {
    for (const state of BREAKER_STATES) breaker.set({ state }, state === current ? 1 : 0)
  }
  onBreaker('closed')
  for (const status of REGISTRATION_STATUSES) statuses.inc({ status }, 0)
  for (const outcome of OUTCOMES) for (const probe of ['false', 'true']) calls.inc({ outcome, probe }, 0)
  for (const outcome of OUTCOMES) seconds.zero({ outcome })

  return {
    registrations: {
      callEnded({ probing, reply: { kind: outcome }, durationMs }) {
        calls.inc({ outcome, probe: `${probing}` })
        seconds.observe({ outcome }, durationMs / 1_000)
      },
      moved: ({ status }) => statuses.inc({ status }),
    },
    onBreaker,
    onNotNow: (reason) => notNow.inc({ reason }),
    onUnreadable: () => unreadable.inc(),
  }
}
