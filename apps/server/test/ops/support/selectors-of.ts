import { parser } from '@prometheus-io/lezer-promql'

/** One `name{label="value"}` of an expression. */
export interface Selector {
  name: string
  matchers: { label: string; values: string[] }[]
}

/** What an expression asks for, by Prometheus' own grammar. @throws Error when it is no PromQL */
export function selectorsOf(expr: string): { selectors: Selector[]; groupedBy: string[] } {
  const selectors: Selector[] = []
  const groupedBy: string[] = []
  const text = ({ from, to }: { from: number; to: number }) => expr.slice(from, to)
  let label = ''
  parser.parse(expr).iterate({
    enter(node) {
      const parent = node.node.parent?.name
      if (node.type.isError) throw new Error(`At ${node.from}, this is no PromQL: ${expr}`)
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
