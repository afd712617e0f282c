import { FAILURES } from '@registration/shared'
import { registrationAnswerSchema, registrationFailureSchema } from '@registration/shared/schemas'
import { afterAll, describe, expect, it } from 'vitest'
import { BAD_INPUT, CLEANED_INPUT } from './doors/bad-input.ts'
import { CALLERS } from './doors/callers.ts'
import { KEYS } from './doors/keys.ts'
import { LIMITS } from './doors/limits.ts'
import { OUTAGES } from './doors/outages.ts'
import { REFUSALS } from './doors/refusals.ts'
import type { Row, Scene } from './doors/row.ts'
import { STATUS } from './doors/status.ts'
import { SUCCESSES } from './doors/successes.ts'
import { UNKNOWNS } from './doors/unknowns.ts'
import { KEYS_AWAY, VERIFICATION } from './doors/verification.ts'
import { WORLDS, type World } from './doors/worlds.ts'
import type { Reply } from './support/client.ts'
import { rowsOf, startServer, type TestServer } from './support/start-server.ts'

const TABLE = {
  'the account is there': SUCCESSES,
  'the partner says no': REFUSALS,
  'the outcome is unknown, or nothing was done': UNKNOWNS,
  'keys and e-mails come back': KEYS,
  'the status is asked for': STATUS,
  'e-mails must be proven': [...VERIFICATION, ...KEYS_AWAY],
  'callers differ': CALLERS,
  'callers come too often': LIMITS,
  'the server is in trouble': OUTAGES,
  'the input is bad': BAD_INPUT,
  'the input only describes badly': CLEANED_INPUT,
} satisfies Record<string, Row[]>

const running = new Map<World, Promise<TestServer>>()
afterAll(async () => {
  await Promise.all([...running.values()].map(async (server) => (await server)[Symbol.asyncDispose]()))
})

describe.each(['REST', 'tRPC'] as const)('through the %s door', (door) => {
  async function sceneOf({ world = 'usual' }: Row, name: string): Promise<Scene> {
    const starting = running.get(world) ?? startServer({ env: WORLDS[world] })
    running.set(world, starting)
    const server = await starting
    const email = `${name}@${door.toLowerCase()}.example`
    const request = { email, visitorId: 'visitor-1', idempotencyKey: `key of ${email}` }
    return { server, client: door === 'REST' ? server.rest : server.trpc, email, request }
  }

  describe.each(Object.entries(TABLE))('when %s', (when, rows) => {
    const here = rows
      .filter((row) => row.door === undefined || row.door === door)
      .map((row, index) => ({ ...row, index }))

    it.each(here)('$it', async (row) => {
      const scene = await sceneOf(row, `${when.replaceAll(/\W+/g, '-')}-${row.index}`)
      const { server, client, email, request } = scene
      await row.before?.(scene)

      const reply = await (row.send?.(scene) ?? client.orchestrateRegistration(request))

      expect(reply).toMatchObject({ status: row.reply.status })
      expect(reply.answer).toEqual(row.reply.answer)
      expect(await rowsOf(server, email)).toMatchObject(row.onFile ?? [])
      const { ledger } = server.partner
      expect({ calls: ledger.callsOf(email).length, accounts: ledger.accountsOf(email).length }).toEqual(row.partner)
      if (row.world === 'pristine') expect(ledger.calls).toEqual([])
      expectTheContract(reply)
    })
  })
})

/** What is true of every reply. */
function expectTheContract({ status, headers, answer }: Reply): void {
  expect(headers.get('content-type')).toMatch(/^application\/json/)
  expect(headers.get('vary')).toContain('Origin')
  expect(JSON.stringify(answer)).not.toContain('node_modules')
  if (status < 300) {
    expect(registrationAnswerSchema.parse(answer)).toEqual(answer)
    return
  }
  const failure = registrationFailureSchema.parse(answer)
  expect(failure).toEqual(answer)
  expect(headers.get('x-request-id')).toBe(failure.requestId)
  const seconds = failure.retryAfterMs && Math.ceil(failure.retryAfterMs / 1_000)
  expect(headers.get('retry-after')).toBe(seconds ? String(seconds) : null)
}

it('has a row for every code that the server can give', () => {
  const codes = Object.values(TABLE)
    .flat()
    .map(({ reply }) => reply.answer.code)
  const all = [undefined, 'PENDING', 'LINK_UNAVAILABLE', ...Object.keys(FAILURES)]
  expect(new Set(codes)).toEqual(new Set(all))
})
