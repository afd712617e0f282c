import { FAILURES } from '@registration/shared'
import { Counter, Histogram, type Registry } from 'prom-client'
import type { AnsweredCall, OnAnswered } from '../registration/on-answered.ts'
import { CALL_SECONDS } from './call-seconds.ts'

export interface RequestMetrics {
  onAnswered: OnAnswered
  onLimited(limiter: (typeof LIMITERS)[number]): void
}

const DOORS = ['rest', 'trpc'] as const satisfies AnsweredCall['door'][]
const CALLS = ['orchestrateRegistration', 'registrationStatus', 'other'] as const satisfies AnsweredCall['call'][]
const CODES = ['SUCCEEDED', 'LINK_UNAVAILABLE', 'PENDING', ...Object.keys(FAILURES)]
const ANSWERS: Record<string, string> = { SUCCEEDED: 'success', LINK_UNAVAILABLE: 'success', PENDING: 'pending' }
const LIMITERS = ['ip', 'internal', 'email'] as const

/** What callers were answered. */
export function createRequestMetrics(registers: Registry[]): RequestMetrics {
  const requests = new Counter({
    name: 'registration_requests_total',
    help: 'Calls that were answered, those refused at the door included; SUCCEEDED and LINK_UNAVAILABLE are answers, too.',
    labelNames: ['door', 'call', 'code'] as const,
    registers,
  })
  const seconds = new Histogram({
    name: 'registration_request_duration_seconds',
    help: 'From the request to its answer, the partner included; an answer is a success, pending or a failure.',
    labelNames: ['call', 'answer'] as const,
    buckets: CALL_SECONDS,
    registers,
  })
  const limited = new Counter({
    name: 'registration_rate_limited_total',
    help: 'Calls that a limiter refused: of the address, of the internal key, or of the e-mail.',
    labelNames: ['limiter'] as const,
    registers,
  })
  for (const door of DOORS) for (const call of CALLS) for (const code of CODES) requests.inc({ door, call, code }, 0)
  for (const call of CALLS) for (const answer of ['success', 'pending', 'failure']) seconds.zero({ call, answer })
  for (const limiter of LIMITERS) limited.inc({ limiter }, 0)

  return {
    onAnswered({ door, call, code, durationMs }) {
      requests.inc({ door, call, code })
      seconds.observe({ call, answer: ANSWERS[code] ?? 'failure' }, durationMs / 1_000)
    },
    onLimited: (limiter) => limited.inc({ limiter }),
  }
}
