import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { OPERATOR, WITH_OPERATOR } from '../operator/operator-client.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { selectorsOf } from './support/selectors-of.ts'
import { seriesOf } from './support/series-of.ts'

interface Panel {
  title: string
  type: string
  datasource?: { type: string; uid: string }
  targets?: { expr: string; datasource?: { uid: string } }[]
}

const read = (path: string) => readFileSync(join(import.meta.dirname, '../../../..', path), 'utf8')
const rules: { groups: { rules: { alert: string; expr: string }[] }[] } = parse(read('ops/prometheus-rules.yaml'))
const dashboard: {
  uid: string
  templating: { list: { name: string; type: string; query: string }[] }
  panels: Panel[]
} = JSON.parse(read('ops/grafana-dashboard.json'))

/** A webhook endpoint, so that its series exist. */
const WITH_WEBHOOKS = {
  WEBHOOK_ENDPOINTS: 'crm:http://127.0.0.1:9/',
  WEBHOOK_SECRETS: `crm:whsec_${Buffer.alloc(32, 1).toString('base64')}`,
}

/** Labels that Prometheus adds to all series. */
const ADDED = new Set(['instance', 'job'])

const alerts = rules.groups.flatMap((group) => group.rules).map(({ alert, expr }) => ({ title: alert, expr }))
const panels = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })))

let server: TestServer
/** The series of a server before its first request: a series that appeared with its first event would not count that event. */
let exposed: Map<string, Record<string, string>[]>
let text: string
beforeAll(async () => {
  server = await startServer({ env: { ...WITH_OPERATOR, ...WITH_WEBHOOKS } })
  const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${OPERATOR.key}` } })
  text = await response.text()
  exposed = seriesOf(text)
})
afterAll(() => server[Symbol.asyncDispose]())

it.each([...alerts, ...panels])('$title uses only metrics and labels that a server exposes: $expr', ({ expr }) => {
  // Grafana replaces the variable by a duration.
  const { selectors, groupedBy } = selectorsOf(expr.replaceAll('$__rate_interval', '5m'))
  expect(selectors).not.toEqual([])
  for (const { name, matchers } of selectors) {
    const series = exposed.get(name) ?? []
    expect(series, name).not.toEqual([])
    for (const { label, values } of matchers.filter(({ label }) => !ADDED.has(label))) {
      for (const value of values) expect(series.map((labels) => labels[label])).toContain(value)
    }
  }
  const labels = new Set(selectors.flatMap(({ name }) => (exposed.get(name) ?? []).flatMap((one) => Object.keys(one))))
  expect(groupedBy.filter((label) => !labels.has(label) && !ADDED.has(label))).toEqual([])
})

describe('the dashboard', () => {
  it('can be provisioned: it has a uid, and its panels use the selected data source', () => {
    expect(dashboard.uid).toMatch(/^[\w-]{1,40}$/)
    expect(dashboard.templating.list).toContainEqual(
      expect.objectContaining({ name: 'datasource', type: 'datasource', query: 'prometheus' }),
    )
    for (const { type, datasource } of dashboard.panels) {
      if (type !== 'row') expect(datasource).toEqual({ type: 'prometheus', uid: `\${datasource}` })
    }
  })

  it('has no overlapping panels, and none beyond 24 columns', () => {
    const taken = new Set<string>()
    for (const { gridPos } of dashboard.panels as (Panel & { gridPos: Record<'x' | 'y' | 'w' | 'h', number> })[]) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`)).toBe(false)
          taken.add(`${x} ${y}`)
        }
      }
    }
  })
})

it('docs/observability.md documents exactly the metrics of the server, with type and labels', () => {
  const metrics = [...text.matchAll(/^# TYPE (registration_\w+) (\w+)$/gm)].map(([, name = '', type]) => {
    const series = exposed.get(type === 'histogram' ? `${name}_sum` : name) ?? []
    const labels = Object.keys(series[0] ?? {}).map((label) => `\`${label}\``)
    return `${name} ${type} ${labels.join(', ')}`.trim()
  })
  const rows = [...read('docs/observability.md').matchAll(/^\| `(registration_\w+)` +\| (\w+) +\| (.*?) *\|/gm)]
  expect(rows.map(([, name, type, labels]) => `${name} ${type} ${labels}`.trim()).toSorted()).toEqual(
    metrics.toSorted(),
  )
})
