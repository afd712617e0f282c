import { Counter, Gauge, type Registry } from 'prom-client'
import type { MetricsSources } from './metrics-sources.ts'

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
