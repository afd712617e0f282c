import { Histogram, type Registry } from 'prom-client'

export interface FlushMetrics {
  onFlush(what: (typeof FLUSHED)[number], rows: number, seconds: number): void
}

const FLUSHED = ['intents', 'settlements'] as const
const FLUSH_ROWS = [1, 2, 5, 10, 20, 50, 100, 200, 500]
const FLUSH_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5]

/** How well rows share their commits. */
export function createFlushMetrics(registers: Registry[]): FlushMetrics {
  const flushRows = new Histogram({
    name: 'registration_flush_rows',
    help: 'Rows that shared a commit.',
    labelNames: ['what'] as const,
    buckets: FLUSH_ROWS,
    registers,
  })
  const flushSeconds = new Histogram({
    name: 'registration_flush_duration_seconds',
    help: 'From sending a batch to its commit.',
    labelNames: ['what'] as const,
    buckets: FLUSH_SECONDS,
    registers,
  })
  for (const what of FLUSHED) {
    flushRows.zero({ what })
    flushSeconds.zero({ what })
  }
  return {
    onFlush(what, rows, seconds) {
      flushRows.observe({ what }, rows)
      flushSeconds.observe({ what }, seconds)
    },
  }
}
