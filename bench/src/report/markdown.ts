import type { ContenderValue, Finding, Target } from '../finding.ts'
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
    '| figure | contender | value | × baseline | lowest to highest round | target | stretch |',
    '|---|---|--:|--:|--:|--:|--:|',
    ...findings.flatMap((finding) => finding.values.map((value, index) => row(finding, value, index === 0))),
    '',
  ].join('\n')
}

function row({ title, unit, target }: Finding, { contender, value, ratio }: ContenderValue, first: boolean): string {
  const isBaseline = ratio === undefined && target?.of !== 'value'
  const cells = [
    first ? title : '',
    contender,
    `${digits(value)} ${unit}`,
    ratio ? ratio.median.toFixed(2) : '',
    ratio ? `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}` : '',
    ...(isBaseline ? ['', ''] : [bound(target, target?.bound), bound(target, target?.stretch)]),
  ]
  return `| ${cells.join(' | ')} |`
}

function bound(target: Target | undefined, value: number | undefined): string {
  return target && value !== undefined ? `${target.atLeast ? '≥' : '≤'} ${value}` : ''
}

/** Three digits say more than is known. */
export function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
