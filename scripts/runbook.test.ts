import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

interface Rule {
  alert: string
  annotations: { summary: string; runbook_url: string }
}

const read = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8')
const { groups } = parse(read('ops/prometheus-rules.yaml')) as { groups: { rules: Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)
const sections = new Set([...read('docs/runbook.md').matchAll(/^### (\w+)$/gm)].map(([, name]) => name))

it.each(rules)('$alert has its section', ({ alert, annotations }) => {
  expect(sections).toContain(alert)
  expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`)
})

it('has a section for every alert and every reason for being stuck, and for nothing else', () => {
  const registration = read('apps/server/src/registration/registration.ts')
  const reasons = /type StuckReason =(.*?)\n\n/s.exec(registration)?.[1]?.match(/\w+/g) ?? []
  expect([...sections].toSorted()).toEqual([...rules.map(({ alert }) => alert), ...reasons].toSorted())
})
