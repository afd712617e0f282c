import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { createMetrics } from '../apps/server/src/observability/create-metrics.ts'

interface Rule {
  alert: string
  expr: string
  annotations: { summary: string; runbook_url: string }
}

const read = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8')
const { groups } = parse(read('ops/prometheus-rules.yaml')) as { groups: { rules: Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)
const sections = new Set([...read('docs/runbook.md').matchAll(/^### (\w+)$/gm)].map(([, name]) => name))

/** What a server that has just started tells. */
async function exported(): Promise<string> {
  const metrics = createMetrics(() => ({
    inFlight: () => 0,
    partnerSlots: () => ({ used: 0, waiting: 0 }),
    connections: () => ({ total: 0, idle: 0, waiting: 0 }),
    journalEntries: () => 0,
    unfinished: async () => ({ count: 0, stuck: 0, oldestSeconds: 0 }),
  }))
  return (await metrics.read()).body
}

it.each(rules)('$alert asks for metrics that there are, and has its section', async ({ alert, expr, annotations }) => {
  const known = await exported()
  const names = expr.match(/registration_\w+/g) ?? []
  expect(names).not.toEqual([])
  for (const name of names) expect(known).toContain(`# TYPE ${name} `)
  // A series that begins with its first event would not count it as an increase.
  for (const [, name, label, values = ''] of expr.matchAll(/(registration_\w+)\{(\w+)=~?"([^"]+)"\}/g)) {
    for (const value of values.split('|')) expect(known).toMatch(new RegExp(`^${name}\\{[^}]*${label}="${value}"`, 'm'))
  }
  expect(sections).toContain(alert)
  expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`)
})

it('has a section for every alert and every reason for being stuck, and for nothing else', () => {
  const registration = read('apps/server/src/registration/registration.ts')
  const reasons = /type StuckReason = (.*)/.exec(registration)?.[1]?.match(/\w+/g) ?? []
  expect([...sections].toSorted()).toEqual([...rules.map(({ alert }) => alert), ...reasons].toSorted())
})
