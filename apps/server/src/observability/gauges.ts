import type { EndpointState } from '@registration/shared/operator'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { RegistrationStatus } from '../registration/registration.ts'

/** Values that are queried only when the metrics are read. */
export interface MetricsSources {
  inFlight(): number
  partnerSlots(): { used: number; waiting: number }
  connections(): { total: number; idle: number; waiting: number }
  journal(): { entries: number; bytes: number }
  /** Log lines that could not be written. */
  droppedLogLines(): number
  isReady(): boolean
  /** Figures of the database; undefined while it is unavailable. */
  unfinished(): Promise<{ pending: number; uncertain: number; stuck: number; oldestSeconds: number } | undefined>
  /** The waiting and dead events of each webhook endpoint; empty while the database is unavailable. */
  events(): Promise<EndpointState[]>
}

/** Gauges of this process, updated when the metrics are read. */
export function createProcessGauges(registers: Registry[], sources: MetricsSources): void {
  gauge('registration_requests_in_flight', 'Calls in progress in this process.', () => sources.inFlight())
  gaugeByState('registration_partner_slots', 'Calls to the partner: slots in use, and calls that wait for one.', () => {
    const { used, waiting } = sources.partnerSlots()
    return { used, waiting }
  })
  gaugeByState(
    'registration_database_connections',
    'Connections of the pool by state, and statements that wait for one.',
    () => {
      const { total, idle, waiting } = sources.connections()
      return { busy: total - idle, idle, waiting }
    },
  )
  gauge('registration_journal_entries', 'Results that wait for the database.', () => sources.journal().entries)
  new Counter({
    name: 'registration_log_lines_dropped_total',
    help: 'Lines that the log could not write, as on a full disk.',
    registers,
    collect() {
      this.reset()
      this.inc(sources.droppedLogLines())
    },
  })
  gauge('registration_journal_bytes', 'Size of the outage journal on disk.', () => sources.journal().bytes)

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }

  function gaugeByState(name: string, help: string, read: () => Record<string, number>): void {
    new Gauge({
      name,
      help,
      labelNames: ['state'] as const,
      registers,
      collect() {
        for (const [state, count] of Object.entries(read())) this.set({ state }, count)
      },
    })
  }
}

const UNFINISHED = ['pending', 'uncertain', 'stuck'] as const satisfies RegistrationStatus[]

/**
 * Gauges of unfinished registrations, and of the database's availability.
 *
 * @returns a function that updates them from the database
 */
export function createUnfinishedGauges(
  registers: Registry[],
  sources: Pick<MetricsSources, 'unfinished' | 'isReady'>,
): () => Promise<void> {
  const unfinished = new Gauge({
    name: 'registration_unfinished',
    help: 'Registrations without an outcome by status, at most 10000 of each; stuck ones wait for an operator.',
    labelNames: ['status'] as const,
    registers,
  })
  const oldest = new Gauge({
    name: 'registration_oldest_unfinished_seconds',
    help: 'Age of the oldest pending or uncertain registration; 0 without one.',
    registers,
  })
  const database = new Gauge({
    name: 'registration_database_up',
    help: 'Whether the database answered when the metrics were read.',
    registers,
  })
  const readiness = new Gauge({
    name: 'registration_ready',
    help: 'Whether registrations can be accepted now, as /readyz says.',
    registers,
  })

  return async () => {
    const found = await sources.unfinished()
    database.set(found ? 1 : 0)
    readiness.set(found && sources.isReady() ? 1 : 0)
    if (!found) return
    for (const status of UNFINISHED) unfinished.set({ status }, found[status])
    oldest.set(found.oldestSeconds)
  }
}
