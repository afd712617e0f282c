import { expect, it } from 'vitest'
import { platformProblem } from './prepare-binaries.ts'

it.each(['linux', 'darwin'])('has a PostgreSQL for %s on both kinds of processors', (platform) => {
  expect(platformProblem({ platform, arch: 'x64', glibc: true })).toBeUndefined()
  expect(platformProblem({ platform, arch: 'arm64', glibc: true })).toBeUndefined()
})

it('does not ask macOS for glibc', () => {
  expect(platformProblem({ platform: 'darwin', arch: 'arm64', glibc: false })).toBeUndefined()
})

it.each([
  ['Alpine', { platform: 'linux', arch: 'x64', glibc: false }, /musl/],
  ['Windows', { platform: 'win32', arch: 'x64', glibc: false }, /WSL/],
  ['another processor', { platform: 'linux', arch: 's390x', glibc: true }, /linux-s390x/],
])('says on %s why there is none, and to set DATABASE_URL', (_, machine, reason) => {
  expect(platformProblem(machine)).toMatch(reason)
  expect(platformProblem(machine)).toMatch('DATABASE_URL')
})
