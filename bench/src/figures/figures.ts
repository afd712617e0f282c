/** What a whole run measures, in the order of the report. */
export const FIGURES = ['throughput', 'latency', 'memory', 'growth', 'start-up'] as const

/** What `--only` takes: those, and what is a matter of its own. */
export const KNOWN_FIGURES = [...FIGURES, 'plans'] as const

export type Figure = (typeof KNOWN_FIGURES)[number]
