import { execFile } from 'node:child_process'
import { childEnvironment, ensureBuilt } from '@registration/test-harness'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { COMMANDS, runAtTerminal } from '../support/run-at-terminal.ts'
import { rowsOf, startServer, type TestServer } from '../support/start-server.ts'

const keyOf = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`
const [OLD, FRESH] = [keyOf('test', 1), keyOf('fresh', 2)]
const BAR = /[█░]/
const erasing = (email: string) => ['erase', '--email', email, '--reason', 'ticket 17', '--by', 'an operator']

let server: TestServer
let env: Record<string, string>
beforeAll(async () => {
  ensureBuilt()
  server = await startServer({ env: { ENCRYPTION_KEYS: OLD } })
  env = { ...server.replica, ENCRYPTION_KEYS: OLD }
})
afterAll(() => server[Symbol.asyncDispose]())

const register = (email: string) => server.rest.orchestrateRegistration({ email, visitorId: 'v' })

/** Runs a command with pipes instead of a terminal, as a script does. */
function runInPipes(more: Record<string, string>, args: readonly string[]) {
  return new Promise<{ exitCode: unknown; out: string; err: string }>((resolve) =>
    execFile(
      process.execPath,
      [COMMANDS, ...args],
      { env: { ...childEnvironment(), ...env, ...more } },
      (error, out, err) => resolve({ exitCode: error?.code ?? 0, out, err }),
    ).stdin?.end(),
  )
}

describe('a command that cannot be undone', () => {
  it.each([
    ['no', 3, 1],
    ['yes', 0, 0],
  ])('asks for a confirmation at a terminal, which is answered with %s', async (answer, exitCode, left) => {
    const email = `${answer}@example.com`
    await register(email)
    const run = runAtTerminal(env, erasing(email))
    await run.untilShown('cannot be undone. Type yes: ')
    expect(await rowsOf(server, email)).toHaveLength(1)
    run.type(`${answer}\r`)
    expect(await run.ended).toMatchObject({ exitCode })
    expect(await rowsOf(server, email)).toHaveLength(left)
  })

  it('fails in a script without --yes, and the error names the option', async () => {
    await register('bob@example.com')
    const args = erasing('bob@example.com')
    expect(await runInPipes({}, args)).toEqual({ exitCode: 3, out: '', err: expect.stringContaining('--yes') })
    expect(await rowsOf(server, 'bob@example.com')).toHaveLength(1)
    expect(await runInPipes({}, [...args, '--yes', '--json'])).toMatchObject({ exitCode: 0, err: '' })
  })
})

describe('a long command', () => {
  it('shows a progress bar at a terminal, but not in pipes', async () => {
    await Promise.all(['cora', 'dan', 'eve'].map((name) => register(`${name}@example.com`)))
    const rotated = { ENCRYPTION_KEYS: `${FRESH},${OLD}` }
    const { exitCode, screen } = await runAtTerminal({ ...env, ...rotated }, ['re-encrypt', '--json']).ended
    expect(exitCode).toBe(0)
    expect(screen).toMatch(/Re-encrypting █+ (\d+)\/\1/)
    expect(screen).toContain('"currentKey":"fresh"')

    const back = { ENCRYPTION_KEYS: `${OLD},${FRESH}` }
    const { out, err } = await runInPipes(back, ['re-encrypt', '--json'])
    expect(JSON.parse(out)).toMatchObject({ currentKey: 'test', reEncrypted: expect.any(Number) })
    expect(err).toBe('')
  })

  it('shows a progress bar of pending migrations, and none if there are no pending ones', async () => {
    const bare = { ...env, DATABASE_URL: await freshDatabase() }
    const first = await runAtTerminal(bare, ['migrate']).ended
    expect(first).toMatchObject({ exitCode: 0, screen: expect.stringMatching(/Migrating █+ (\d+)\/\1/) })
    const again = await runAtTerminal(bare, ['migrate']).ended
    expect(again.screen).toContain('"upToDate": true')
    expect(again.screen).not.toMatch(BAR)
  })
})
