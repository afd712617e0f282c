import { type Evidence, isIncomplete, successiveCalls } from './evidence.ts'
import type { Visit } from './visit.ts'

/** A suite's figures by name, in print order. */
export type Figures = Record<string, string | number>

/** The figures that every suite has. */
export function figuresOf(evidence: Evidence): Figures {
  const { rows, accounts, calls, visits } = evidence
  const results = visits.flatMap((visit) => visit.results)
  const answered = results.filter(({ code }) => code !== 'NETWORK')
  const gaps = successiveCalls(evidence)
    .filter(({ first }) => isIncomplete(first, evidence.partnerTimeoutMs))
    .map(({ first, second }) => second.startedAt - first.startedAt)
  return {
    registrations: rows.length,
    accounts: accounts.length,
    'rows by status': counted(rows.map(({ status }) => status)),
    requests: results.length,
    'answers by code': counted(results.map(({ code }) => code)),
    'visits left without an outcome': visits.filter(isUnsettled).length,
    'answer time': times(answered.map(({ tookMs }) => tookMs)),
    'calls to the partner': calls.length,
    'of them repeated': calls.length - new Set(calls.map(({ headers }) => headers['idempotency-key'])).size,
    misbehaved: calls.filter(({ misbehaviour }) => misbehaviour !== null).length,
    'shortest wait after an unanswered call': gaps.length > 0 ? `${Math.round(Math.min(...gaps))} ms` : 'none',
  }
}

/** Prints a suite's figures under its name and seed. */
export function printFigures(suite: string, seed: number, figures: Figures): void {
  const width = Math.max(...Object.keys(figures).map((name) => name.length))
  const lines = Object.entries(figures).map(([name, figure]) => `  ${name.padEnd(width)}  ${figure}`)
  process.stdout.write(`\n${suite} (seed ${seed})\n${lines.join('\n')}\n`)
}

/** Median, 99th percentile and maximum, such as `p50 12 ms, p99 80 ms, max 90 ms`. */
export function times(ms: readonly number[]): string {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => Math.round(percentile(ms, share)))
  return `p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`
}

/** The percentile for this share, 0 to 1; 0 for no values. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}

function counted(names: readonly string[]): string {
  const groups = [...Map.groupBy(names, (name) => name)].toSorted(([, a], [, b]) => b.length - a.length)
  return groups.map(([name, those]) => `${name} ${those.length}`).join(', ')
}

function isUnsettled({ last }: Visit): boolean {
  return ['PENDING', 'NETWORK', 'IN_PROGRESS'].includes(last.code)
}
