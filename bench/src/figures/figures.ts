/** What `--only` takes, in the order of the report. */
export const FIGURES = ['throughput', 'latency', 'memory', 'growth', 'start-up'] as const

export type Figure = (typeof FIGURES)[number]
