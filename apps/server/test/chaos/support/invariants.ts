import { expect } from 'vitest'
import { leaseMs } from '../../../src/registration/policy.ts'
import { chaosRun } from './chaos-run.ts'
import { claimsOutOfOrder } from './claims-out-of-order.ts'
import { collectEvidence, type Evidence, emailKey, isIncomplete, type Row, successiveCalls } from './evidence.ts'
import type { RequestResult } from './send-request.ts'
import type { TestCluster } from './test-cluster.ts'
import { HUNG_AFTER_MS, type Visit } from './visit.ts'

/** What a suite expects of the partner and of itself. */
export interface Expectations {
  /** Whether a second call makes no second account; `true` by default. Elsewhere, unknown calls end `stuck`. */
  uniqueByEmail?: boolean
  /**
   * Whether replicas were frozen: a call that hangs at the partner lasts until its caller can hang up, and another
   * replica's may follow after the lease. `false` by default.
   */
  frozen?: boolean
}

type Invariant = (evidence: Evidence, expectations: Required<Expectations>) => string[]

/** What must hold whatever died, once nothing is under way any more. Each gives its breaches. */
const INVARIANTS: Record<string, Invariant> = {
  'every account at the partner has its row'({ accounts, rows }, { uniqueByEmail }) {
    const known = uniqueByEmail ? HAVE_ACCOUNT : new Set([...HAVE_ACCOUNT, 'stuck'])
    const onFile = new Set(rows.filter(({ status }) => known.has(status)).map(emailKey))
    return accounts.filter((account) => !onFile.has(emailKey(account))).map(({ email }) => `${email} has none`)
  },

  'there is at most one account for an e-mail'({ accounts }) {
    const byEmail = [...Map.groupBy(accounts, emailKey)]
    return byEmail.filter(([, those]) => those.length > 1).map(([email, those]) => `${email} has ${those.length}`)
  },

  'every success on file is an account at the partner, with its login'({ accounts, rows }) {
    const byEmail = new Map(accounts.map((account) => [emailKey(account), account]))
    return rows.flatMap((row) => {
      if (!HAVE_ACCOUNT.has(row.status)) return []
      const account = byEmail.get(emailKey(row))
      const isSame = row.partner_login === null || row.partner_login === `${account?.login}`
      return account && isSame ? [] : [`${describe(row)} says ${row.partner_login}, the partner ${account?.login}`]
    })
  },

  'every registration that a caller was told of is on file'({ visits, rows }) {
    const onFile = new Set<string>(rows.map(({ id }) => id))
    const told = repliesOf(visits).flatMap(({ code, answer }) =>
      answer?.registrationId === undefined ? [] : [{ code, id: answer.registrationId }],
    )
    return told.filter(({ id }) => !onFile.has(id)).map(({ code, id }) => `${id}, for which ${code} was answered`)
  },

  'every answered link is the one on file'({ visits, rows }) {
    const byId = new Map(rows.map((row) => [row.id, row]))
    return visits.flatMap(({ results }) =>
      results.flatMap(({ answer }) => {
        if (!answer?.success || answer.depositUrl === null) return []
        const row = byId.get(answer.registrationId)
        const isSame = row?.status === 'succeeded' && row.deposit_url === answer.depositUrl
        return isSame ? [] : [`${answer.depositUrl} was answered, ${row ? describe(row) : 'nothing'} is on file`]
      }),
    )
  },

  'every call was claimed on file before'({ calls, rows }) {
    const made = Map.groupBy(calls, ({ headers }) => headers['idempotency-key'])
    const byId = new Map<string, Row>(rows.map((row) => [row.id, row]))
    return [...made].flatMap(([id, those]) => {
      const claims = claimInstants(byId.get(`${id}`))
      return those.flatMap(({ email, startedAt }, index) => {
        const claimed = claims.filter((at) => at < startedAt + CLOCKS_APART_MS).length
        return claimed > index
          ? []
          : [`${id} (${email}): call ${index + 1} after ${claimed} of ${claims.length} claims`]
      })
    })
  },

  'every claim waits for the end of the call before, or of its lease, and none follows an outcome'(evidence) {
    const { rows, partnerTimeoutMs } = evidence
    return rows.flatMap((row) =>
      claimsOutOfOrder(row, leaseMs({ partnerTimeoutMs })).map((breach) => `${describe(row)}: ${breach}`),
    )
  },

  'no two calls for one e-mail overlap'(evidence, { frozen }) {
    const { partnerTimeoutMs } = evidence
    const lateMs = partnerLateMs(evidence)
    const allowedAfterMs = frozen ? leaseMs({ partnerTimeoutMs }) - lateMs : Number.POSITIVE_INFINITY
    return successiveCalls(evidence)
      .filter(({ first, second }) => {
        // That its caller has hung up, the partner hears late on a busy machine, as it does of a call.
        const endedAt = (first.endedAt ?? Infinity) - (isIncomplete(first, partnerTimeoutMs) ? lateMs : 0)
        return second.startedAt < Math.min(endedAt, first.startedAt + allowedAfterMs)
      })
      .map(({ first, second }) => `${first.email}: ${JSON.stringify([first, second])}`)
  },

  'nothing stays pending or uncertain'({ rows }) {
    return rows.filter(({ status }) => status === 'pending' || status === 'uncertain').map(describe)
  },

  'only a partner that is not unique by e-mail leaves something to a person'({ rows }, { uniqueByEmail }) {
    return uniqueByEmail ? rows.filter(({ status }) => status === 'stuck').map(describe) : []
  },

  // That it is answered within its deadline is for the simulation, whose clock no busy machine holds up.
  'every request is answered, or loses its connection'({ visits }) {
    return repliesOf(visits)
      .filter(({ tookMs }) => tookMs >= HUNG_AFTER_MS)
      .map(({ code, tookMs }) => `${code} after ${Math.round(tookMs)} ms`)
  },

  'all callers of a key get one and the same outcome'({ visits }) {
    return [...Map.groupBy(visits, ({ key }) => key)].flatMap(([key, those]) => {
      const outcomes = new Set(repliesOf(those).flatMap(outcomeOf))
      // A lost link that turns up is the one change there may be.
      if (outcomes.size > 1) outcomes.delete('LINK_UNAVAILABLE')
      return outcomes.size > 1 ? [`${key}: ${[...outcomes].join(' and ')}`] : []
    })
  },

  'every answer is of the contract, and none is an unexpected error'({ visits }) {
    return repliesOf(visits)
      .filter(({ code }) => code === 'MALFORMED' || code === 'INTERNAL' || code === 'INVALID_INPUT')
      .map(({ code, problem, answer }) => `${code}: ${problem ?? JSON.stringify(answer)}`)
  },
}

const HAVE_ACCOUNT: ReadonlySet<string> = new Set(['succeeded', 'succeeded_without_link'])

/** The database's clock and the partner's are one at their start. A lease is longer by far. */
const CLOCKS_APART_MS = 50

/** When the calls of a registration were claimed, by the database's clock. The intent brings the first claim. */
function claimInstants(row: Row | undefined): number[] {
  if (!row) return []
  const later = row.history.filter(({ did }) => did === 'claim').map(({ at }) => Date.parse(at))
  return [row.created_at.getTime(), ...later]
}

/** The longest that it took the partner to see a call after its claim, where there was one claim and one call. */
function partnerLateMs({ calls, rows }: Evidence): number {
  const made = Map.groupBy(calls, ({ headers }) => headers['idempotency-key'])
  return rows.reduce((latest, { id, attempts, created_at }) => {
    const [call, another] = made.get(id) ?? []
    return call && !another && attempts === 1 ? Math.max(latest, call.startedAt - created_at.getTime()) : latest
  }, 0)
}

/**
 * Holds everything that was left against every invariant.
 *
 * @throws AssertionError with the breaches, the first few of each
 */
export async function checkInvariants(
  cluster: TestCluster,
  visits: readonly Visit[],
  { uniqueByEmail = true, frozen = false }: Expectations = {},
): Promise<Evidence> {
  const evidence = await collectEvidence(cluster, visits)
  const broken = Object.entries(INVARIANTS).flatMap(([promise, breachesOf]) => {
    const breaches = breachesOf(evidence, { uniqueByEmail, frozen })
    return breaches.length === 0 ? [] : [[promise, { count: breaches.length, first: breaches.slice(0, 3) }]]
  })
  expect(Object.fromEntries(broken), `what must hold whatever died, broken with seed ${chaosRun.seed}`).toEqual({})
  return evidence
}

function repliesOf(visits: readonly Visit[]): RequestResult[] {
  return visits.flatMap(({ results }) => results)
}

/** What a caller takes for the last word. */
function outcomeOf({ code, answer }: RequestResult): string[] {
  if (!answer) return []
  if (answer.success) return [answer.depositUrl ?? 'LINK_UNAVAILABLE']
  return 'retryable' in answer && !answer.retryable ? [`${code}: ${answer.error}`] : []
}

function describe({ id, email, status, attempts, deposit_url }: Row): string {
  return `${id} (${email}, ${status}, ${attempts} calls, ${deposit_url})`
}
