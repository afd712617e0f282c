import type { ContenderValue, Finding } from '../finding.ts'
import { digits } from './markdown.ts'

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
