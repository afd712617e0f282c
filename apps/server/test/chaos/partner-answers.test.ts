import type { PartnerCall } from '@registration/partner-sandbox'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { leaseMs } from '../../src/registration/policy.ts'
import { ROWS_WITH_HISTORY } from '../support/rows-with-history.ts'
import type { Row } from './support/evidence.ts'
import { checkInvariants } from './support/invariants.ts'
import { untilLogged } from './support/log-lines.ts'
import { OUT_OF_TIME, PARTNER_ANSWER_CASES, type PartnerAnswerCase } from './support/partner-answer-cases.ts'
import type { ServerProcess } from './support/server-process.ts'
import { startTestCluster, type TestCluster } from './support/test-cluster.ts'
import { untilAllFinished } from './support/until-all-finished.ts'
import type { Visit } from './support/visit.ts'
import { visitFirstReplica } from './support/visit-first-replica.ts'

// They mostly wait. Ten unanswered calls in a row would open the circuit breaker.
vi.setConfig({ maxConcurrency: 9 })

const UNANSWERED = 'a call to the partner gave no answer'
const NOT_ACCEPTED = 'the partner does not accept this server: check its set-up'
const WITHOUT_LINK = 'an account was given without a usable link'
const STUCK = 'a registration is stuck: a person has to decide'

const STATUSES = { SUCCEEDED: 'succeeded', LINK_UNAVAILABLE: 'succeeded_without_link', PARTNER_REJECTED: 'rejected' }

/** Adds what must follow. After an unknown outcome a partner that isn't unique by e-mail gets no second call. */
function withExpectations(row: PartnerAnswerCase, uniqueByEmail: boolean) {
  const isUnknown = row.nextCall === 'at once' || row.nextCall === 'after the lease'
  return isUnknown && !uniqueByEmail
    ? { ...row, uniqueByEmail, calls: 1, code: 'PENDING', status: 'stuck', why: 'NOT_UNIQUE_BY_EMAIL', told: STUCK }
    : {
        ...row,
        uniqueByEmail,
        calls: row.nextCall === 'never' ? 1 : 2,
        code: row.outcome,
        status: STATUSES[row.outcome],
        why: null,
        told: row.outcome === 'LINK_UNAVAILABLE' ? WITHOUT_LINK : undefined,
      }
}
const ROWS = PARTNER_ANSWER_CASES.flatMap((row) => [withExpectations(row, true), withExpectations(row, false)])

describe('an answer of the partner', () => {
  let unique: TestCluster
  let longTimeout: TestCluster
  let notUnique: TestCluster
  const visits = new Map<TestCluster, Visit[]>()
  beforeAll(async () => {
    const [short, long] = ['2000', '10000']
    const start = (uniqueByEmail: boolean, PARTNER_TIMEOUT_MS = short) =>
      startTestCluster({ replicas: 1, env: { PARTNER_TIMEOUT_MS, PARTNER_UNIQUE_BY_EMAIL: `${uniqueByEmail}` } })
    // Long time-outs where no test waits for a lease: after a complete answer, and without a second call.
    ;[unique, longTimeout, notUnique] = await Promise.all([
      start(true),
      startTestCluster({ replicas: 1 }),
      start(false, long),
    ])
    // A second call would create a second account.
    await notUnique.partner.misbehave('*', 'second-account')
  })
  afterAll(async () => {
    await unique?.[Symbol.asyncDispose]()
    await longTimeout?.[Symbol.asyncDispose]()
    await notUnique?.[Symbol.asyncDispose]()
  })

  it.concurrent.for(ROWS)(
    '$misbehaviour, with uniqueByEmail $uniqueByEmail, leads to $calls calls, $code and status $status',
    async (row) => {
      const waits = row.nextCall === 'after the lease' ? unique : longTimeout
      const cluster = row.uniqueByEmail ? waits : notUnique
      const ended = visits.get(cluster) ?? []
      visits.set(cluster, ended)
      const email = `${row.misbehaviour}@chaos.example`
      // A success, so that the first calls of many cases don't open the circuit breaker.
      ended.push(await visitFirstReplica(cluster, `before-${email}`, 0))
      await cluster.partner.misbehave(email, row.misbehaviour, { times: 1, ...row.options })
      const visited = await visitFirstReplica(cluster, email, 0)
      ended.push(visited)

      expect(visited.results.map(({ code }) => code)).toEqual([row.code])
      const saved = await cluster.database.query(`${ROWS_WITH_HISTORY} where email = $1`, [email])
      expect(saved.rows).toMatchObject([{ status: row.status, stuck_reason: row.why }])
      const { calls } = await cluster.partner.ledger()
      const own = calls.filter((call) => call.email === email)

      const server = cluster.servers[0] as ServerProcess
      const registrationId: string = saved.rows[0].id
      if (row.told) await untilLogged(server, { msg: row.told, registrationId, level: 50 })
      // On a busy machine the call may time out instead. client.test.ts checks the reasons.
      const reason =
        row.reason &&
        expect.stringMatching(row.nextCall === 'after the lease' ? either(row.reason, OUT_OF_TIME) : row.reason)
      const logged = row.isSetUpError ? { msg: NOT_ACCEPTED, level: 50 } : { msg: UNANSWERED, level: 40 }
      if (reason) await untilLogged(server, { ...logged, registrationId, reason })
      const unanswered = server.log.filter(
        (line) => line['msg'] === logged.msg && line['registrationId'] === registrationId,
      )
      const repeats = unanswered.slice(1)
      expect(repeats.map((line) => line['reason'])).toEqual(repeats.map(() => expect.stringMatching(OUT_OF_TIME)))
      expect(own).toHaveLength(row.calls + repeats.length)
      if (row.calls === 2) expectPause(row, saved.rows[0], own, cluster)
    },
  )

  it('leaves nothing unfinished', async () => {
    for (const cluster of [unique, longTimeout, notUnique]) {
      await untilAllFinished(cluster.database)
      await checkInvariants(cluster, visits.get(cluster) ?? [], { uniqueByEmail: cluster !== notUnique })
    }
    expect([...visits.values()].flat()).toHaveLength(4 * PARTNER_ANSWER_CASES.length)
  })
})

const either = (one: RegExp, other: RegExp) => new RegExp(`${one.source}|${other.source}`)

/** Checks the pause between the claims, which the database's clock times: the partner may see a call late. */
function expectPause(
  { nextCall }: PartnerAnswerCase,
  { created_at, history }: Row,
  [first, second]: PartnerCall[],
  cluster: TestCluster,
) {
  const secondClaim = history.find(({ did }) => did === 'claim')
  const pauseMs = Date.parse(`${secondClaim?.at}`) - created_at.getTime()
  const lease = leaseMs(cluster)
  if (nextCall === 'after the lease') expect(pauseMs).toBeGreaterThanOrEqual(lease)
  if (nextCall === 'at once') expect(pauseMs).toBeLessThan(lease)
  if (nextCall === 'after Retry-After')
    expect((second?.startedAt ?? 0) - (first?.startedAt ?? 0)).toBeGreaterThan(1_000 - 50)
}
