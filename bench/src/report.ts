import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import type { ContenderValue, Finding } from './finding.ts'
import type { Scale } from './scale.ts'
import { startDatabase } from './subjects/start-database.ts'

/** The findings as people read them: a sentence on the circumstances, and a table. */
export function markdown(
  findings: readonly Finding[],
  scale: Scale,
  { date, machine, node, postgres, load }: Circumstances,
): string {
  const rounds = scale.rounds === 1 ? '1 round' : `medians of ${scale.rounds} rounds`
  return [
    `${date}, ${machine}, Node ${node}, PostgreSQL ${postgres}; a ${scale.name} run, ${rounds}. Load average before it: ${load}.`,
    '',
    '| figure | contender | value | × baseline | lowest to highest round |',
    '|---|---|--:|--:|--:|',
    ...findings.flatMap((finding) => finding.values.map((value, index) => row(finding, value, index === 0))),
    '',
  ].join('\n')
}

function row({ title, unit }: Finding, { contender, value, ratio }: ContenderValue, first: boolean): string {
  const cells = [
    first ? title : '',
    contender,
    `${digits(value)} ${unit}`,
    ratio ? ratio.median.toFixed(2) : '',
    ratio ? `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}` : '',
  ]
  return `| ${cells.join(' | ')} |`
}

/** Three digits say more than is known. */
function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}

const WIDTH = 760
const LABEL_WIDTH = 150
const BAR_HEIGHT = 18
const BAR_STEP = 22
const TITLE_HEIGHT = 34
const GAP = 16

/** Legible on light and on dark pages. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .baseline { fill: #8c959f }
  .contender { fill: #1f6feb }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .contender { fill: #58a6ff } }`

/** Bars for every figure that was compared, longest for the largest value. */
export function chart(findings: readonly Finding[]): string {
  const compared = findings.filter(({ values }) => values.some(({ ratio }) => ratio))
  let y = 0
  const groups = compared.map((finding) => {
    const group = bars(finding, y)
    y += TITLE_HEIGHT + finding.values.length * BAR_STEP + GAP
    return group
  })
  const description = 'The figures of the table, as bars'
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="${description}">`,
    `<style>${STYLE}\n</style>`,
    ...groups,
    '</svg>\n',
  ].join('\n')
}

function bars({ title, unit, values }: Finding, top: number): string {
  const largest = Math.max(...values.map(({ value }) => value))
  // Room beside the longest bar for its number.
  const scale = (WIDTH - LABEL_WIDTH - 170) / largest
  return [
    `<text class="title" x="0" y="${top + 22}">${escaped(title)}</text>`,
    ...values.map((value, index) => bar(value, unit, scale, top + TITLE_HEIGHT + index * BAR_STEP)),
  ].join('\n')
}

function bar({ contender, value, ratio }: ContenderValue, unit: string, scale: number, top: number): string {
  const width = Math.max(value * scale, 1).toFixed(1)
  const baseline = top + BAR_HEIGHT - 5
  const told = `${digits(value)} ${unit}${ratio ? ` · ${ratio.median.toFixed(2)} ×` : ''}`
  return [
    `<text x="${LABEL_WIDTH - 8}" y="${baseline}" text-anchor="end">${escaped(contender)}</text>`,
    `<rect class="${ratio ? 'contender' : 'baseline'}" x="${LABEL_WIDTH}" y="${top}" width="${width}" height="${BAR_HEIGHT}" rx="2"/>`,
    `<text x="${LABEL_WIDTH + Number(width) + 8}" y="${baseline}">${escaped(told)}</text>`,
  ].join('')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

/** Where and when it is measured. */
export interface Circumstances {
  date: string
  machine: string
  node: string
  postgres: string
  /** How many processes wanted the processors over the last 1, 5 and 15 minutes. */
  load: string
}

/** To be asked before the measurement, which is a load of its own. */
export async function circumstances(): Promise<Circumstances> {
  await using database = await startDatabase(false)
  const gib = Math.round(totalmem() / 1024 ** 3)
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${gib} GiB`,
    node: process.versions.node,
    postgres: database.version,
    load: loadavg()
      .map((load) => load.toFixed(1))
      .join(', '),
  }
}

const BEGIN = '<!-- figures: written by npm run bench -->'
const END = '<!-- end of figures -->'

/**
 * Replaces the published figures.
 *
 * @param folder holds `performance.md`, with two markers that say where the table goes; `performance.svg` is put beside it
 * @throws Error where the markers are missing
 */
export function publish(folder: string, table: string, svg: string): void {
  const file = join(folder, 'performance.md')
  const [before, rest] = readFileSync(file, 'utf8').split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error(`${file} has no place for the figures: put ${BEGIN} and ${END} into it.`)
  writeFileSync(file, `${before}${BEGIN}\n\n${table}\n${END}${after}`)
  writeFileSync(join(folder, 'performance.svg'), svg)
}
