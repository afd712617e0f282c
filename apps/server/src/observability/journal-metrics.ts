import { Counter, type Registry } from 'prom-client'
import type { JournalListener } from '../journal/create-result-writer.ts'

export type JournalMetrics = Pick<JournalListener, 'journaled' | 'refused' | 'unwritable' | 'unreadable' | 'drained'>

/** What became of results that the database did not take. */
export function createJournalMetrics(registers: Registry[]): JournalMetrics {
  const results = new Counter({
    name: 'registration_journal_results_total',
    help: 'Results that the database did not take at once: journaled, unsafe (on no disk), refused, unwritable, drained, unreadable.',
    labelNames: ['what'] as const,
    registers,
  })
  for (const what of ['journaled', 'unsafe', 'refused', 'unwritable', 'unreadable', 'drained']) results.inc({ what }, 0)
  return {
    journaled: (_, __, { onDisk }) => results.inc({ what: onDisk ? 'journaled' : 'unsafe' }),
    refused: () => results.inc({ what: 'refused' }),
    unwritable: () => results.inc({ what: 'unwritable' }),
    unreadable: (lines) => results.inc({ what: 'unreadable' }, lines),
    drained: (entries) => results.inc({ what: 'drained' }, entries),
  }
}
