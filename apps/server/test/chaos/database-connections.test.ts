import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { checkInvariants } from './support/invariants.ts'
import { untilJournalIsEmpty } from './support/outage-journal-file.ts'
import { type OutageWorld, startOutageWorld } from './support/outage-world.ts'
import type { Strike } from './support/proxied-connection.ts'
import { untilQuiet } from './support/quiescence.ts'
import type { Visit } from './support/visit.ts'
import { visitBy } from './support/visit-by.ts'

/** Longer than the pool waits for an answer, so that the first request itself sees the end of a silence. */
const REQUEST_DEADLINE_MS = 20_000
interface Moment {
  at: 'begin' | 'settle' | 'claim'
  /** What the first request is answered, and how many calls there are in the end. */
  first: { code: string }
  calls: number
}

const MOMENTS: Moment[] = [
  { at: 'begin', first: { code: 'DATABASE_UNAVAILABLE' }, calls: 1 },
  { at: 'settle', first: { code: 'SUCCEEDED' }, calls: 1 },
  { at: 'claim', first: { code: 'PENDING' }, calls: 2 },
]
const FAULTS: Pick<Strike, 'lose' | 'by'>[] = [
  { lose: 'request', by: 'cut' },
  { lose: 'answer', by: 'cut' },
  { lose: 'request', by: 'silence' },
  { lose: 'answer', by: 'silence' },
]
const ROWS = MOMENTS.flatMap((moment) => FAULTS.map((fault) => ({ ...moment, ...fault })))
// They mostly wait.
vi.setConfig({ maxConcurrency: ROWS.length })

describe('a connection to the database that breaks', () => {
  let world: OutageWorld
  const visits: Visit[] = []
  beforeAll(async () => {
    world = await startOutageWorld({ REQUEST_DEADLINE_MS: `${REQUEST_DEADLINE_MS}` })
  }, 60_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  // Registrations that begin together share a statement, and its fate.
  let beginning: Promise<unknown> = Promise.resolve()
  function alone<T>(begin: () => Promise<T>): Promise<T> {
    const turn = beginning.then(begin, begin)
    beginning = turn
    return turn
  }

  /** The id under which the partner was asked for this e-mail: it leads to the statements that follow. */
  async function idOf(email: string): Promise<string> {
    const asked = await world.partner.until(({ calls }) => calls.some((call) => call.email === email))
    return `${asked.calls.find((call) => call.email === email)?.headers['idempotency-key']}`
  }

  it.concurrent.for(ROWS)(
    'costs nobody the link at $at, its $lose lost by $by',
    { timeout: 60_000 },
    async ({ at, lose, by, first, calls }) => {
      const email = `${at}-${lose}-${by}-${randomUUID()}@chaos.example`
      // Both leave the time to aim at the statement that follows.
      if (at === 'settle') await world.partner.misbehave(email, 'slow', { times: 1, delayMs: 700 })
      if (at === 'claim') await world.partner.misbehave(email, 'reset', { times: 1 })

      let visiting: Promise<Visit> | undefined
      const id = await alone(async () => {
        const inserting = (sent: string) => sent.includes('insert-intents') && sent.includes(email)
        const struck = at === 'begin' && world.way.strike({ at: inserting, lose, by })
        visiting = visitBy(world, email)
        return struck ? struck.then(() => undefined) : idOf(email)
      })
      if (id) {
        // A prepared statement goes by its name.
        const its = at === 'claim' ? '"attempts" + ' : 'write-settlements'
        await world.way.strike({ at: (sent) => sent.includes(its) && sent.includes(id), lose, by })
      }
      const visited = (await visiting) as Visit
      visits.push(visited)

      expect(visited.replies[0]).toMatchObject(first)
      expect(visited.replies[0]?.tookMs).toBeLessThan(by === 'cut' ? 8_000 : REQUEST_DEADLINE_MS)
      expect(visited.last).toMatchObject({ code: 'SUCCEEDED' })
      const { calls: made } = await world.partner.ledger()
      expect(made.filter((call) => call.email === email)).toHaveLength(calls)
    },
  )

  it('leaves nothing behind, and the server as it was', { timeout: 60_000 }, async () => {
    await untilQuiet(world.database, 20_000)
    await untilJournalIsEmpty(world.server, 5_000)
    await checkInvariants(world, visits)
    expect(visits).toHaveLength(ROWS.length)
    expect(world.server.log.filter(({ msg }) => msg === 'ready')).toHaveLength(1)
  })
})
