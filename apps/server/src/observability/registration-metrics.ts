import { FAILURES } from '@registration/shared'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { type BreakerState, isSetUpError, type PartnerResult, SET_UP_STATUSES } from '../registration/partner.ts'
import type { NotAllowedReason } from '../registration/partner-gate.ts'
import type { RegistrationListener } from '../registration/ports.ts'
import { REGISTRATION_STATUSES } from '../registration/registration.ts'

export interface RegistrationMetrics {
  registrations: RegistrationListener
  onBreaker(state: BreakerState): void
  onCallNotAllowed(reason: NotAllowedReason): void
  /** The secrets of a registration could not be decrypted. */
  onUnreadable(): void
}

const OUTCOMES = ['accepted', 'rejected', 'not-processed', 'unknown'] as const satisfies PartnerResult['kind'][]
const NOT_ALLOWED_REASONS = ['breaker-open', 'asked-to-wait', 'no-slot'] as const satisfies NotAllowedReason[]
const BREAKER_STATES = ['closed', 'half-open', 'open'] as const satisfies BreakerState[]

/** Metrics of calls to the partner and of the outcomes of registrations. */
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
    help: '1 for the current state of the circuit breaker.',
    labelNames: ['state'] as const,
    registers,
  })
  const setUp = new Counter({
    name: 'registration_partner_set_up_errors_total',
    help: 'Calls that the partner answered with a status that is about the server, not about a visitor: credentials, permission or address.',
    labelNames: ['status'] as const,
    registers,
  })
  const notNow = new Counter({
    name: 'registration_partner_not_now_total',
    help: 'Calls that were not made, and for which nothing was written: breaker open, pause requested by the partner, or no free slot.',
    labelNames: ['reason'] as const,
    registers,
  })
  const unreadable = new Counter({
    name: 'registration_unreadable_secrets_total',
    help: 'Reads of registrations whose secrets no listed key can decrypt: their callers got no secrets.',
    registers,
  })
  for (const status of SET_UP_STATUSES) setUp.inc({ status: `${status}` }, 0)
  for (const reason of NOT_ALLOWED_REASONS) notNow.inc({ reason }, 0)
  const onBreaker = (current: BreakerState) => {
    for (const state of BREAKER_STATES) breaker.set({ state }, state === current ? 1 : 0)
  }
  onBreaker('closed')
  for (const status of REGISTRATION_STATUSES) statuses.inc({ status }, 0)
  for (const outcome of OUTCOMES) for (const probe of ['false', 'true']) calls.inc({ outcome, probe }, 0)
  for (const outcome of OUTCOMES) seconds.zero({ outcome })

  return {
    registrations: {
      callEnded({ probing, result, durationMs }) {
        const { kind: outcome } = result
        calls.inc({ outcome, probe: `${probing}` })
        if (result.kind === 'unknown' && isSetUpError(result)) setUp.inc({ status: `${result.status}` })
        seconds.observe({ outcome }, durationMs / 1_000)
      },
      moved: ({ status }) => statuses.inc({ status }),
    },
    onBreaker,
    onCallNotAllowed: (reason) => notNow.inc({ reason }),
    onUnreadable: () => unreadable.inc(),
  }
}

/** Buckets for durations that include a call to the partner or to another app. */
export const CALL_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30]

export interface RequestMetrics {
  onRequestFinished: OnRequestFinished
  onLimited(limiter: (typeof LIMITERS)[number]): void
  /** A field that describes the visitor was cleaned, cut or dropped. */
  onFieldChanged(field: string): void
}

const TRANSPORTS = ['rest', 'trpc'] as const satisfies FinishedRequest['transport'][]
const CALLS = ['orchestrateRegistration', 'registrationStatus', 'other'] as const satisfies FinishedRequest['call'][]
const CODES = ['SUCCEEDED', 'LINK_UNAVAILABLE', 'PENDING', ...Object.keys(FAILURES)]
const ANSWERS: Record<string, string> = { SUCCEEDED: 'success', LINK_UNAVAILABLE: 'success', PENDING: 'pending' }
const CLEANED_FIELDS = ['visitorId', 'name', 'trafficParams', 'siteUrl', 'source', 'browserData', 'clientIp']
const LIMITERS = ['ip', 'internal', 'email'] as const

/** Metrics of requests to the public API. */
export function createRequestMetrics(registers: Registry[]): RequestMetrics {
  const requests = new Counter({
    name: 'registration_requests_total',
    help: 'Finished requests by transport, call and code, rejected ones included. SUCCEEDED and LINK_UNAVAILABLE are codes too.',
    // `door` is the label's old name; this version has both.
    labelNames: ['transport', 'door', 'call', 'code'] as const,
    registers,
  })
  const seconds = new Histogram({
    name: 'registration_request_duration_seconds',
    help: 'Duration of requests, the call to the partner included. `answer` is success, pending or failure.',
    labelNames: ['call', 'answer'] as const,
    buckets: CALL_SECONDS,
    registers,
  })
  const limited = new Counter({
    name: 'registration_rate_limited_total',
    help: 'Requests rejected by a rate limit: per address, per internal key, or per e-mail.',
    labelNames: ['limiter'] as const,
    registers,
  })
  const changed = new Counter({
    name: 'registration_request_fields_changed_total',
    help: 'Fields of requests that were cleaned, cut or dropped, since only the e-mail may cost a registration.',
    labelNames: ['field'] as const,
    registers,
  })
  const labels = ({ transport, call, code }: Omit<FinishedRequest, 'durationMs'>) => ({
    transport,
    door: transport,
    call,
    code,
  })
  for (const transport of TRANSPORTS)
    for (const call of CALLS) for (const code of CODES) requests.inc(labels({ transport, call, code }), 0)
  for (const call of CALLS) for (const answer of ['success', 'pending', 'failure']) seconds.zero({ call, answer })
  for (const limiter of LIMITERS) limited.inc({ limiter }, 0)
  for (const field of CLEANED_FIELDS) changed.inc({ field }, 0)

  return {
    onRequestFinished({ durationMs, ...request }) {
      requests.inc(labels(request))
      seconds.observe({ call: request.call, answer: ANSWERS[request.code] ?? 'failure' }, durationMs / 1_000)
    },
    onLimited: (limiter) => limited.inc({ limiter }),
    onFieldChanged: (field) => changed.inc({ field }),
  }
}

/** A request to the public API that got its response. */
export interface FinishedRequest {
  transport: 'rest' | 'trpc'
  /** The procedure's name, or `other` where there is none. */
  call: 'orchestrateRegistration' | 'registrationStatus' | 'other'
  /** `SUCCEEDED`, or the code of the response. */
  code: string
  /** From the request's headers to the response's last byte. */
  durationMs: number
}

/** Is called for every finished request. Must not throw. */
export type OnRequestFinished = (call: FinishedRequest) => void
