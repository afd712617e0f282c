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

// They mostly wait; but ten calls in a row without an answer would open the circuit.
vi.setConfig({ maxConcurrency: 9 })

const UNANSWERED = 'a call to the partner gave no answer'
const WITHOUT_LINK = 'an account was given without a usable link'
const STUCK = 'a registration is stuck: a person has to decide'

const STATUSES = { SUCCEEDED: 'succeeded', LINK_UNAVAILABLE: 'succeeded_without_link', PARTNER_REJECTED: 'rejected' }

/** What becomes of a row's visitor: with an unknown outcome, a partner that isn't unique is asked no second time. */
function endOf(row: PartnerAnswerCase, uniqueByEmail: boolean) {
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
const ROWS = PARTNER_ANSWER_CASES.flatMap((row) => [endOf(row, true), endOf(row, false)])

describe('a partner', () => {
  let unique: TestCluster
  let patient: TestCluster
  let notUnique: TestCluster
  const visits = new Map<TestCluster, Visit[]>()
  beforeAll(async () => {
    const [short, long] = ['2000', '10000']
    const start = (uniqueByEmail: boolean, PARTNER_TIMEOUT_MS = short) =>
      startTestCluster({ replicas: 1, env: { PARTNER_TIMEOUT_MS, PARTNER_UNIQUE_BY_EMAIL: `${uniqueByEmail}` } })
    // Nobody waits for a lease where there is no second call, nor where the partner has answered: no machine is so slow.
    ;[unique, patient, notUnique] = await Promise.all([
      start(true),
      startTestCluster({ replicas: 1 }),
      start(false, long),
    ])
    // What it does to whoever asks a second time.
    await notUnique.partner.misbehave('*', 'second-account')
  })
  afterAll(async () => {
    await unique?.[Symbol.asyncDispose]()
    await patient?.[Symbol.asyncDispose]()
    await notUnique?.[Symbol.asyncDispose]()
  })

  it.concurrent.for(ROWS)('does $does, unique by e-mail $uniqueByEmail: $calls calls, $code, $status', async (row) => {
    const waits = row.nextCall === 'after the lease' ? unique : patient
    const cluster = row.uniqueByEmail ? waits : notUnique
    const ended = visits.get(cluster) ?? []
    visits.set(cluster, ended)
    const email = `${row.misbehaviour}@chaos.example`
    // So that the breaker doesn't take many rows' first calls for an outage.
    ended.push(await visitFirstReplica(cluster, `before-${email}`, 0))
    await cluster.partner.misbehave(email, row.misbehaviour, { times: 1, ...row.options })
    const visited = await visitFirstReplica(cluster, email, 0)
    ended.push(visited)

    expect(visited.results.map(({ code }) => code)).toEqual([row.code])
    const onFile = await cluster.database.query(`${ROWS_WITH_HISTORY} where email = $1`, [email])
    expect(onFile.rows).toMatchObject([{ status: row.status, stuck_reason: row.why }])
    const { calls } = await cluster.partner.ledger()
    const own = calls.filter((call) => call.email === email)

    const server = cluster.servers[0] as ServerProcess
    const registrationId: string = onFile.rows[0].id
    if (row.told) await untilLogged(server, { msg: row.told, registrationId, level: 50 })
    // A busy machine may run out of time for a call that waits for its lease anyway. What was answered is for client.test.ts.
    const reason =
      row.reason &&
      expect.stringMatching(row.nextCall === 'after the lease' ? either(row.reason, OUT_OF_TIME) : row.reason)
    if (reason) await untilLogged(server, { msg: UNANSWERED, registrationId, reason, level: 40 })
    const unanswered = server.log.filter(
      (line) => line['msg'] === UNANSWERED && line['registrationId'] === registrationId,
    )
    const repeats = unanswered.slice(1)
    expect(repeats.map((line) => line['reason'])).toEqual(repeats.map(() => expect.stringMatching(OUT_OF_TIME)))
    expect(own).toHaveLength(row.calls + repeats.length)
    if (row.calls === 2) expectPause(row, onFile.rows[0], own, cluster)
  })

  it('is asked no more than that, and nothing is left undecided', async () => {
    for (const cluster of [unique, patient, notUnique]) {
      await untilAllFinished(cluster.database)
      await checkInvariants(cluster, visits.get(cluster) ?? [], { uniqueByEmail: cluster !== notUnique })
    }
    expect([...visits.values()].flat()).toHaveLength(4 * PARTNER_ANSWER_CASES.length)
  })
})

const either = (one: RegExp, other: RegExp) => new RegExp(`${one.source}|${other.source}`)

/** By the claims, which one clock times: how late the partner sees a call is the machine's business. */
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
