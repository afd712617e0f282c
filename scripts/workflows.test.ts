import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

interface Job {
  'timeout-minutes'?: number
  permissions?: Record<string, string>
  steps: { uses?: string; run?: string; with?: Record<string, unknown> }[]
}

interface Workflow {
  permissions: unknown
  concurrency?: object
  jobs: Record<string, Job>
}

const root = join(import.meta.dirname, '..')
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).map((file) => {
  const text = readFileSync(join(root, file), 'utf8')
  return { name: basename(file), text, workflow: parse(text) as Workflow }
})
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const { nodeVersion } = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')) as { nodeVersion: string }

/** What may be written, and by whom: nothing else may. */
const WRITERS: Record<string, string[]> = {
  'release.yml version': ['contents', 'pull-requests'],
  'release.yml publish': ['contents', 'id-token'],
}

describe.each(workflows)('$name', ({ name, text, workflow }) => {
  const jobs = Object.entries(workflow.jobs)
  const steps = jobs.flatMap(([, job]) => job.steps)

  it('is a workflow, by the rules of those who run it', () => {
    const { context } = parseWorkflow({ name, content: text }, new NoOperationTraceWriter())
    expect(context.errors.getErrors().map(({ message }) => message)).toEqual([])
  })

  it('runs foreign code only as it was when it was read: by its commit, beside the version that it is', () => {
    const used = text.match(/uses:.*/g) ?? []
    expect(used.length).toBeGreaterThan(0)
    for (const line of used) expect(line).toMatch(/^uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it('pins an action to one commit everywhere', () => {
    const pins = steps.flatMap(({ uses }) => uses ?? []).map((uses) => uses.split('@') as [string, string])
    const commits = Map.groupBy(pins, ([action]) => action.split('/').slice(0, 2).join('/'))
    for (const [action, found] of commits) expect(new Set(found.map(([, commit]) => commit)).size, action).toBe(1)
  })

  it('has only the permissions that its jobs declare', () => {
    expect(workflow.permissions).toEqual({})
    for (const [id, { permissions = {} }] of jobs) {
      const written = Object.keys(permissions).filter((scope) => permissions[scope] === 'write')
      expect(written, id).toEqual(WRITERS[`${name} ${id}`] ?? [])
    }
  })

  it('ends, and does not run beside itself', () => {
    expect(workflow.concurrency).toBeDefined()
    for (const [id, job] of jobs) expect(job['timeout-minutes'], id).toBeLessThanOrEqual(330)
  })

  it('leaves no token behind for what it runs', () => {
    for (const { uses, with: inputs } of steps) {
      if (uses?.startsWith('actions/checkout@')) expect(inputs).toMatchObject({ 'persist-credentials': false })
    }
  })

  it('has the whole history where a suite builds the previous version', () => {
    if (!text.includes('npm run chaos')) return
    const [checkout] = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))
    expect(checkout?.with).toMatchObject({ 'fetch-depth': 0 })
  })

  it('runs on the project’s own Node, and commands that there are', () => {
    for (const { uses, with: inputs } of steps) {
      if (uses?.startsWith('actions/setup-node@')) expect(inputs).toMatchObject({ 'node-version': nodeVersion })
    }
    const commands = [...text.matchAll(/npm (?:run )?([\w:-]+)/g)].map(([, command = '']) => command)
    for (const command of commands) expect(scripts).toHaveProperty(command)
  })

  it('puts nothing that somebody else wrote into a shell', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{')
  })
})
