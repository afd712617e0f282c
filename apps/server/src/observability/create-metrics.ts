import { FAILURES } from '@registration/shared'
import type { EndpointState } from '@registration/shared/operator'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { DeliveryWatcher } from '../events/create-deliveries.ts'
import type { JournalWatcher } from '../journal/journaled-store.ts'
import type { RecoveryWatcher } from '../recovery/create-recovery.ts'
import type { Observer } from '../registration/observer.ts'
import type { AnsweredCall, OnAnswered } from '../registration/on-answered.ts'
import type { BreakerState, PartnerReply } from '../registration/partner.ts'
import type { RegistrationStatus } from '../registration/registration.ts'

/** What is asked when somebody reads the metrics, and costs nothing before. */
export interface MetricsSources {
  inFlight(): number
  partnerSlots(): { used: number; waiting: number }
  connections(): { total: number; idle: number; waiting: number }
  journal(): { entries: number; bytes: number }
  isReady(): boolean
  /** What the database alone knows; undefined while it is away. */
  unfinished(): Promise<{ pending: number; uncertain: number; stuck: number; oldestSeconds: number } | undefined>
  /** How each endpoint of events is doing, as far as the database tells. */
  events(): Promise<EndpointState[]>
}

/** Counts what happens, for Prometheus. No label names a visitor, a link, a key or a registration. */
export interface Metrics {
  registrations: Observer
  journal: Pick<JournalWatcher, 'journaled' | 'refused' | 'unreadable' | 'drained'>
  recovery: RecoveryWatcher
  deliveries: Pick<DeliveryWatcher, 'ended'>
  onAnswered: OnAnswered
  onLimited(limiter: 'ip' | 'internal' | 'email'): void
  onBreaker(state: BreakerState): void
  onFlush(what: 'intents' | 'settlements', rows: number, seconds: number): void
  /** In Prometheus' text format. */
  read(): Promise<{ contentType: string; body: string }>
}

const CALL_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30]
const FLUSH_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5]
const BATCH_ROWS = [1, 2, 5, 10, 20, 50, 100, 200, 500]
const DOORS = ['rest', 'trpc'] as const satisfies AnsweredCall['door'][]
const CALLS = ['orchestrateRegistration', 'registrationStatus', 'other'] as const satisfies AnsweredCall['call'][]
const ANSWERS = { SUCCEEDED: 'success', LINK_UNAVAILABLE: 'success', PENDING: 'pending' } as Record<string, string>
const LIMITERS = ['ip', 'internal', 'email'] as const
const FLUSHED = ['intents', 'settlements'] as const
const RECOVERY = ['recovered', 'failed', 'deleted', 'troubled', 'swept']
const CODES = ['SUCCEEDED', 'LINK_UNAVAILABLE', 'PENDING', ...Object.keys(FAILURES)]
const STATUSES = [
  'pending',
  'uncertain',
  'succeeded',
  'succeeded_without_link',
  'rejected',
  'released',
  'stuck',
] as const satisfies RegistrationStatus[]
const UNFINISHED = ['pending', 'uncertain', 'stuck'] as const satisfies RegistrationStatus[]
const OUTCOMES = ['accepted', 'rejected', 'not-processed', 'unknown'] as const satisfies PartnerReply['kind'][]
const JOURNALED = ['journaled', 'unsafe', 'refused', 'unreadable', 'drained']
const DELIVERED = ['delivered', 'failed', 'dead']
const BREAKER_STATES = ['closed', 'half-open', 'open'] as const satisfies BreakerState[]

/** @param endpoints names of the apps that are told of events */
export function createMetrics(endpoints: readonly string[], sources: () => MetricsSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const requests = new Counter({
    name: 'registration_requests_total',
    help: 'Calls that were answered, those refused at the door included; SUCCEEDED and LINK_UNAVAILABLE are answers, too.',
    labelNames: ['door', 'call', 'code'] as const,
    registers,
  })
  const requestSeconds = new Histogram({
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
  const outcomes = new Counter({
    name: 'registration_outcomes_total',
    help: 'Registrations that this process brought to a status.',
    labelNames: ['status'] as const,
    registers,
  })
  const partnerCalls = new Counter({
    name: 'registration_partner_calls_total',
    help: 'Calls to the partner, by how they ended; a probe repeats one whose outcome is unknown.',
    labelNames: ['outcome', 'probe'] as const,
    registers,
  })
  const partnerSeconds = new Histogram({
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
  const batchRows = new Histogram({
    name: 'registration_flush_rows',
    help: 'Rows that shared a commit.',
    labelNames: ['what'] as const,
    buckets: BATCH_ROWS,
    registers,
  })
  const flushSeconds = new Histogram({
    name: 'registration_flush_duration_seconds',
    help: 'From sending a batch to its commit.',
    labelNames: ['what'] as const,
    buckets: FLUSH_SECONDS,
    registers,
  })
  const journaled = new Counter({
    name: 'registration_journal_results_total',
    help: 'Results that the database did not take at once: journaled, unsafe (on no disk), refused, drained, unreadable.',
    labelNames: ['what'] as const,
    registers,
  })
  const recovery = new Counter({
    name: 'registration_recovery_events_total',
    help: 'Recovery: recovered, failed and deleted registrations, trouble with the queue, and looks for what is due (swept).',
    labelNames: ['what'] as const,
    registers,
  })
  const deliveries = new Counter({
    name: 'registration_event_deliveries_total',
    help: 'Attempts to deliver an event, by how they ended; dead ones are tried no more.',
    labelNames: ['endpoint', 'outcome'] as const,
    registers,
  })
  const deliverySeconds = new Histogram({
    name: 'registration_event_delivery_duration_seconds',
    help: 'One attempt, from connect to the answer.',
    labelNames: ['endpoint'] as const,
    buckets: CALL_SECONDS,
    registers,
  })
  const undelivered = new Gauge({
    name: 'registration_events',
    help: 'Events that wait for an endpoint, and those that were given up.',
    labelNames: ['endpoint', 'state'] as const,
    registers,
  })
  const oldestEvent = new Gauge({
    name: 'registration_oldest_undelivered_event_seconds',
    help: 'The age of the oldest event that waits; 0 where none does.',
    labelNames: ['endpoint'] as const,
    registers,
  })

  onRead('registration_requests_in_flight', 'Calls that this process is at work on.', () => sources().inFlight())
  gauge('registration_partner_slots', 'The cap on calls to the partner: used, and waited for.', 'state', () => {
    const { used, waiting } = sources().partnerSlots()
    return { used, waiting }
  })
  gauge('registration_database_connections', 'Of the pool.', 'state', () => {
    const { total, idle, waiting } = sources().connections()
    return { busy: total - idle, idle, waiting }
  })
  onRead('registration_journal_entries', 'Results that wait for the database.', () => sources().journal().entries)
  onRead('registration_journal_bytes', 'Of the outage journal on disk.', () => sources().journal().bytes)
  const unfinished = new Gauge({
    name: 'registration_unfinished',
    help: 'Registrations on file without an outcome, at most 10000 of each; those that are stuck wait for a person.',
    labelNames: ['status'] as const,
    registers,
  })
  const oldest = new Gauge({
    name: 'registration_oldest_unfinished_seconds',
    help: 'The age of the oldest registration that is pending or uncertain; 0 where there is none.',
    registers,
  })
  const database = new Gauge({
    name: 'registration_database_up',
    help: 'Whether the database answered when the metrics were read.',
    registers,
  })
  const readiness = new Gauge({
    name: 'registration_ready',
    help: 'Whether registrations can be taken now, as /readyz says.',
    registers,
  })

  function onRead(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }

  function gauge(name: string, help: string, label: string, read: () => Record<string, number>) {
    return new Gauge({
      name,
      help,
      labelNames: [label],
      registers,
      collect() {
        for (const [value, count] of Object.entries(read())) this.set({ [label]: value }, count)
      },
    })
  }

  const onBreaker = (current: BreakerState) => {
    for (const state of BREAKER_STATES) breaker.set({ state }, state === current ? 1 : 0)
  }
  onBreaker('closed')

  // Prometheus sees no increase where a series begins: what may alert somebody is there before it happens.
  for (const door of DOORS) for (const call of CALLS) for (const code of CODES) requests.inc({ door, call, code }, 0)
  for (const call of CALLS)
    for (const answer of ['success', 'pending', 'failure']) requestSeconds.zero({ call, answer })
  for (const limiter of LIMITERS) limited.inc({ limiter }, 0)
  for (const status of STATUSES) outcomes.inc({ status }, 0)
  for (const outcome of OUTCOMES) partnerSeconds.zero({ outcome })
  for (const what of FLUSHED) {
    batchRows.zero({ what })
    flushSeconds.zero({ what })
  }
  for (const what of RECOVERY) recovery.inc({ what }, 0)
  for (const outcome of OUTCOMES) for (const probe of ['false', 'true']) partnerCalls.inc({ outcome, probe }, 0)
  for (const what of JOURNALED) journaled.inc({ what }, 0)
  for (const endpoint of endpoints) {
    for (const outcome of DELIVERED) deliveries.inc({ endpoint, outcome }, 0)
    deliverySeconds.zero({ endpoint })
  }

  return {
    registrations: {
      callEnded({ probing, reply: { kind: outcome }, durationMs }) {
        partnerCalls.inc({ outcome, probe: `${probing}` })
        partnerSeconds.observe({ outcome }, durationMs / 1_000)
      },
      moved: ({ status }) => outcomes.inc({ status }),
    },
    journal: {
      journaled: (_, __, { onDisk }) => journaled.inc({ what: onDisk ? 'journaled' : 'unsafe' }),
      refused: () => journaled.inc({ what: 'refused' }),
      unreadable: (lines) => journaled.inc({ what: 'unreadable' }, lines),
      drained: (entries) => journaled.inc({ what: 'drained' }, entries),
    },
    recovery: {
      troubled: () => recovery.inc({ what: 'troubled' }),
      recovered: () => recovery.inc({ what: 'recovered' }),
      failed: () => recovery.inc({ what: 'failed' }),
      swept: () => recovery.inc({ what: 'swept' }),
      deleted: (registrations) => recovery.inc({ what: 'deleted' }, registrations),
      stuck: () => undefined,
    },
    onAnswered({ door, call, code, durationMs }) {
      requests.inc({ door, call, code })
      requestSeconds.observe({ call, answer: ANSWERS[code] ?? 'failure' }, durationMs / 1_000)
    },
    onLimited: (limiter) => limited.inc({ limiter }),
    deliveries: {
      ended({ endpoint }, { to }, durationMs) {
        deliveries.inc({ endpoint, outcome: to === 'waiting' ? 'failed' : to })
        deliverySeconds.observe({ endpoint }, durationMs / 1_000)
      },
    },
    onBreaker,
    onFlush(what, rows, seconds) {
      batchRows.observe({ what }, rows)
      flushSeconds.observe({ what }, seconds)
    },
    async read() {
      const [found, states] = await Promise.all([sources().unfinished(), sources().events()])
      for (const { endpoint, waiting, dead, oldestSeconds } of states) {
        undelivered.set({ endpoint, state: 'waiting' }, waiting)
        undelivered.set({ endpoint, state: 'dead' }, dead)
        oldestEvent.set({ endpoint }, oldestSeconds)
      }
      database.set(found ? 1 : 0)
      readiness.set(found && sources().isReady() ? 1 : 0)
      if (found) {
        for (const status of UNFINISHED) unfinished.set({ status }, found[status])
        oldest.set(found.oldestSeconds)
      }
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
  }
}
