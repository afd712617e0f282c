import type { EndpointState } from '@registration/shared/operator'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { RegistrationStatus } from '../registration/registration.ts'

/** What is asked when somebody reads the metrics, and costs nothing before. */
export interface MetricsSources {
  inFlight(): number
  partnerSlots(): { used: number; waiting: number }
  connections(): { total: number; idle: number; waiting: number }
  journal(): { entries: number; bytes: number }
  /** Lines that the log could not write. */
  droppedLogLines(): number
  isReady(): boolean
  /** What the database alone knows; undefined while it is away. */
  unfinished(): Promise<{ pending: number; uncertain: number; stuck: number; oldestSeconds: number } | undefined>
  /** How each endpoint of events is doing, as far as the database tells. */
  events(): Promise<EndpointState[]>
}

/** What the process knows of itself, looked up whenever the metrics are read. */
export function createProcessGauges(registers: Registry[], sources: MetricsSources): void {
  gauge('registration_requests_in_flight', 'Calls that this process is at work on.', () => sources.inFlight())
  gaugeByState('registration_partner_slots', 'The cap on calls to the partner: used, and waited for.', () => {
    const { used, waiting } = sources.partnerSlots()
    return { used, waiting }
  })
  gaugeByState('registration_database_connections', 'Of the pool.', () => {
    const { total, idle, waiting } = sources.connections()
    return { busy: total - idle, idle, waiting }
  })
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
  gauge('registration_journal_bytes', 'Of the outage journal on disk.', () => sources.journal().bytes)

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
 * What the database alone knows of registrations, and whether it is there to say so.
 *
 * @returns what looks it up
 */
export function createUnfinishedGauges(
  registers: Registry[],
  sources: Pick<MetricsSources, 'unfinished' | 'isReady'>,
): () => Promise<void> {
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

  return async () => {
    const found = await sources.unfinished()
    database.set(found ? 1 : 0)
    readiness.set(found && sources.isReady() ? 1 : 0)
    if (!found) return
    for (const status of UNFINISHED) unfinished.set({ status }, found[status])
    oldest.set(found.oldestSeconds)
  }
}
