import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type DatabaseOutageCluster, startDatabaseOutageCluster } from './support/database-outage-cluster.ts'
import { checkInvariants } from './support/invariants.ts'
import { untilJournalIsEmpty } from './support/outage-journal-file.ts'
import type { ConnectionFault } from './support/proxied-connection.ts'
import { untilAllFinished } from './support/until-all-finished.ts'
import type { Visit } from './support/visit.ts'
import { visitFirstReplica } from './support/visit-first-replica.ts'

interface Moment {
  at: 'insert' | 'settle' | 'claim'
  /** The expected calls to the partner. */
  calls: number
}

const MOMENTS: Moment[] = [
  { at: 'insert', calls: 1 },
  { at: 'settle', calls: 1 },
  { at: 'claim', calls: 2 },
]
const FAULTS: Pick<ConnectionFault, 'lose' | 'by'>[] = [
  { lose: 'request', by: 'cut' },
  { lose: 'answer', by: 'cut' },
  { lose: 'request', by: 'silence' },
  { lose: 'answer', by: 'silence' },
]
const ROWS = MOMENTS.flatMap((moment) => FAULTS.map((fault) => ({ ...moment, ...fault })))
// They mostly wait, so all run at once.
vi.setConfig({ maxConcurrency: ROWS.length })

describe('a broken database connection', () => {
  let cluster: DatabaseOutageCluster
  const visits: Visit[] = []
  beforeAll(async () => {
    cluster = await startDatabaseOutageCluster()
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  // Registrations that are inserted or settled together share a statement, so only one fault may wait at a time.
  let lastTurn: Promise<unknown> = Promise.resolve()
  function alone<T>(lose: () => Promise<T>): Promise<T> {
    const turn = lastTurn.then(lose, lose)
    lastTurn = turn
    return turn
  }

  /** The registration id in the call to the partner for this e-mail, by which later statements are recognized. */
  async function idOf(email: string): Promise<string> {
    const asked = await cluster.partner.until(({ calls }) => calls.some((call) => call.email === email))
    return `${asked.calls.find((call) => call.email === email)?.headers['idempotency-key']}`
  }

  /** Sends one request. Resolves when the fault is injected into the statement of that moment. */
  async function sendWithFault(
    email: string,
    { at, lose, by }: (typeof ROWS)[number],
  ): Promise<{ visiting: Promise<Visit> }> {
    const injectAt = (statement: string, emailOrId: string) =>
      cluster.databaseProxy.injectFault({
        matches: (sent) => sent.includes(statement) && sent.includes(emailOrId),
        lose,
        by,
      })
    if (at === 'insert') {
      const injected = injectAt('insert-intents', email)
      const visiting = visitFirstReplica(cluster, email, 0)
      await injected
      return { visiting }
    }
    const asking = cluster.holdAnswer(email)
    const visiting = visitFirstReplica(cluster, email, 0)
    const answer = await asking
    // The wire shows a prepared statement by its name.
    const injected = injectAt(at === 'claim' ? '"attempts" + ' : 'write-settlements', await idOf(email))
    answer.release()
    await injected
    return { visiting }
  }

  it.concurrent.for(ROWS)(
    'when the $lose of the $at statement is lost by $by, the visitor still gets the link',
    async (row) => {
      const { at, lose, by, calls } = row
      const email = `${at}-${lose}-${by}-${randomUUID()}@chaos.example`
      // An unknown outcome, so that the next claim follows at once.
      if (at === 'claim') await cluster.partner.misbehave(email, 'server-error-500', { times: 1 })

      const { visiting } = await alone(() => sendWithFault(email, row))
      const visited = await visiting
      const again = await visitFirstReplica(cluster, email)
      visits.push(visited, again)

      expect(visited.results).toMatchObject([{ code: 'SUCCEEDED' }])
      expect(again.last).toMatchObject({ code: 'SUCCEEDED' })
      const { calls: made } = await cluster.partner.ledger()
      expect(made.filter((call) => call.email === email)).toHaveLength(calls)
    },
  )

  it('leaves nothing unfinished and restarts no server', async () => {
    await untilAllFinished(cluster.database)
    await untilJournalIsEmpty(cluster.server)
    await checkInvariants(cluster, visits)
    expect(visits).toHaveLength(2 * ROWS.length)
    expect(cluster.server.log.filter(({ msg }) => msg === 'ready')).toHaveLength(1)
  })
})
