import type { ContenderValue, Finding } from '../finding.ts'
import type { Scale } from '../scale.ts'
import type { Circumstances } from './circumstances.ts'

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
export function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
