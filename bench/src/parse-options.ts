import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SCALES, type Scale } from './scale.ts'

/** What a whole run measures, in the order of the report. */
export const FIGURES = ['throughput', 'latency', 'memory', 'growth', 'start-up'] as const

/** What `--only` takes: those, and what is a matter of its own. */
export const KNOWN_FIGURES = [...FIGURES, 'plans'] as const

export type Figure = (typeof KNOWN_FIGURES)[number]

/** What one run of the benchmark is to do. */
export interface BenchOptions {
  scale: Scale
  figures: readonly Figure[]
  /** The `main.js` of another build, which takes part too. */
  against?: string
  /** Whether a server takes part that tells an app of every registration. */
  events?: boolean
  /** What the servers' environment has besides what production's has: none, but in tests. */
  env?: Readonly<Record<string, string>>
  /** Where the servers leave a profile of the processor each when they end. */
  profileDir?: string
}

export const USAGE = `npm run bench -- [options]

  --quick           three minutes instead of nine, and fewer rows; publishes nothing
  --only FIGURE     ${KNOWN_FIGURES.join(', ')}; may be repeated; publishes nothing
  --rows N          in the table after its growth, and where its plans are looked at
  --rounds N
  --against FILE    the dist/main.js of another checkout, as one more contender
  --events          a server that tells an app of every registration, as one more contender
  --profile FOLDER  for a .cpuprofile of each server`

/** @throws Error that says what is wrong with the arguments */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rows: { type: 'string' },
      rounds: { type: 'string' },
      against: { type: 'string' },
      events: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  })
  const scale: Scale = { ...SCALES[values.quick ? 'quick' : 'long'] }
  if (values.rows !== undefined) scale.rowsAfter = positive('--rows', values.rows)
  if (values.rounds !== undefined) scale.rounds = positive('--rounds', values.rounds)
  return {
    scale,
    figures: values.only.length > 0 ? values.only.map(figure) : FIGURES,
    ...(values.against === undefined ? {} : { against: resolve(values.against) }),
    events: values.events,
    ...(values.profile === undefined ? {} : { profileDir: resolve(values.profile) }),
  }
}

function positive(name: string, text: string): number {
  const value = Number(text.replaceAll('_', ''))
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new Error(`${name} must be a whole number above 0, and is ${text}.`)
}

function figure(name: string): Figure {
  const found = KNOWN_FIGURES.find((known) => known === name)
  if (found) return found
  throw new Error(`--only takes one of ${KNOWN_FIGURES.join(', ')}, and not ${name}.`)
}
