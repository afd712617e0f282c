import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it.each([
  ['a duration without a unit', '--duration', '10'],
  ['a unit that it does not know', '--duration', '10min'],
  ['a seed that is no number', '--seed', 'lucky'],
  ['an option that it does not know', '--seeds', '42'],
])('refuses %s before anything is started, and shows how it is called', (_, ...args) => {
  const chaos = join(import.meta.dirname, 'chaos.ts')
  const { status, stderr, stdout } = spawnSync(process.execPath, [chaos, ...args], { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toContain(args[0])
  expect(stderr).toContain('Use: npm run chaos -- [--duration 10m] [--seed 1]')
})
