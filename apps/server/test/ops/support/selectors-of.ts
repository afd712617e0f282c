import { parser } from '@prometheus-io/lezer-promql'

/** One `name{label="value"}` in an expression. */
export interface Selector {
  name: string
  matchers: { label: string; values: string[] }[]
}

/** The selectors and grouping labels of an expression, by Prometheus' own grammar. @throws Error if it is no valid PromQL */
export function selectorsOf(expr: string): { selectors: Selector[]; groupedBy: string[] } {
  const selectors: Selector[] = []
  const groupedBy: string[] = []
  const text = ({ from, to }: { from: number; to: number }) => expr.slice(from, to)
  let label = ''
  parser.parse(expr).iterate({
    enter(node) {
      const parent = node.node.parent?.name
      if (node.type.isError) throw new Error(`No valid PromQL at ${node.from}: ${expr}`)
      if (node.name === 'Identifier' && parent === 'VectorSelector') selectors.push({ name: text(node), matchers: [] })
      if (node.name === 'LabelName') {
        label = text(node)
        if (parent === 'GroupingLabels') groupedBy.push(label)
      }
      if (node.name === 'StringLiteral' && parent?.endsWith('LabelMatcher')) {
        selectors.at(-1)?.matchers.push({ label, values: text(node).slice(1, -1).split('|') })
      }
    },
  })
  return { selectors, groupedBy }
}
