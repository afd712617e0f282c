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
  at: 'begin' | 'settle' | 'claim'
  /** How many calls there are in the end. */
  calls: number
}

const MOMENTS: Moment[] = [
  { at: 'begin', calls: 1 },
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
// They mostly wait.
vi.setConfig({ maxConcurrency: ROWS.length })

describe('a connection to the database that breaks', () => {
  let cluster: DatabaseOutageCluster
  const visits: Visit[] = []
  beforeAll(async () => {
    cluster = await startDatabaseOutageCluster()
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  // Registrations that begin or settle together share a statement, and its fate.
  let losing: Promise<unknown> = Promise.resolve()
  function alone<T>(lose: () => Promise<T>): Promise<T> {
    const turn = losing.then(lose, lose)
    losing = turn
    return turn
  }

  /** The id under which the partner was asked for this e-mail: it leads to the statements that follow. */
  async function idOf(email: string): Promise<string> {
    const asked = await cluster.partner.until(({ calls }) => calls.some((call) => call.email === email))
    return `${asked.calls.find((call) => call.email === email)?.headers['idempotency-key']}`
  }

  /** A visitor asks once. Resolves when the statement of that moment is lost, which is aimed at before it is sent. */
  async function askAndLose(
    email: string,
    { at, lose, by }: (typeof ROWS)[number],
  ): Promise<{ visiting: Promise<Visit> }> {
    const strikeAt = (statement: string, whose: string) =>
      cluster.databaseProxy.injectFault({
        matches: (sent) => sent.includes(statement) && sent.includes(whose),
        lose,
        by,
      })
    if (at === 'begin') {
      const struck = strikeAt('insert-intents', email)
      const visiting = visitFirstReplica(cluster, email, 0)
      await struck
      return { visiting }
    }
    const asking = cluster.holdAnswer(email)
    const visiting = visitFirstReplica(cluster, email, 0)
    const answer = await asking
    // A prepared statement goes by its name.
    const struck = strikeAt(at === 'claim' ? '"attempts" + ' : 'write-settlements', await idOf(email))
    answer.release()
    await struck
    return { visiting }
  }

  it.concurrent.for(ROWS)('costs nobody the link at $at, its $lose lost by $by', async (row) => {
    const { at, lose, by, calls } = row
    const email = `${at}-${lose}-${by}-${randomUUID()}@chaos.example`
    // Its next claim follows at once.
    if (at === 'claim') await cluster.partner.misbehave(email, 'server-error-500', { times: 1 })

    const { visiting } = await alone(() => askAndLose(email, row))
    const visited = await visiting
    const again = await visitFirstReplica(cluster, email)
    visits.push(visited, again)

    expect(visited.results).toMatchObject([{ code: 'SUCCEEDED' }])
    expect(again.last).toMatchObject({ code: 'SUCCEEDED' })
    const { calls: made } = await cluster.partner.ledger()
    expect(made.filter((call) => call.email === email)).toHaveLength(calls)
  })

  it('leaves nothing behind, and the server as it was', async () => {
    await untilAllFinished(cluster.database)
    await untilJournalIsEmpty(cluster.server)
    await checkInvariants(cluster, visits)
    expect(visits).toHaveLength(2 * ROWS.length)
    expect(cluster.server.log.filter(({ msg }) => msg === 'ready')).toHaveLength(1)
  })
})
