import { expect } from 'vitest'
import { leaseMs } from '../../../src/registration/policy.ts'
import { chaosRun } from './chaos-run.ts'
import { claimsOutOfOrder } from './claims-out-of-order.ts'
import { collectEvidence, type Evidence, emailKey, isIncomplete, type Row, successiveCalls } from './evidence.ts'
import type { RequestResult } from './send-request.ts'
import type { TestCluster } from './test-cluster.ts'
import { HUNG_AFTER_MS, type Visit } from './visit.ts'

/** What differs between the suites. */
export interface Expectations {
  /** Whether the partner refuses a second account for an e-mail; `true` by default. If not, unknown outcomes end `stuck`. */
  uniqueByEmail?: boolean
  /**
   * Whether replicas were frozen: a call that hangs at the partner lasts until its process resumes, and another
   * replica's may follow after the lease. `false` by default.
   */
  frozen?: boolean
}

type Invariant = (evidence: Evidence, expectations: Required<Expectations>) => string[]

/** What must hold after every fault, once everything has finished. Each returns its violations. */
const INVARIANTS: Record<string, Invariant> = {
  'every account at the partner has its row'({ accounts, rows }, { uniqueByEmail }) {
    const known = uniqueByEmail ? HAVE_ACCOUNT : new Set([...HAVE_ACCOUNT, 'stuck'])
    const saved = new Set(rows.filter(({ status }) => known.has(status)).map(emailKey))
    return accounts.filter((account) => !saved.has(emailKey(account))).map(({ email }) => `${email} has none`)
  },

  'there is at most one account for an e-mail'({ accounts }) {
    const byEmail = [...Map.groupBy(accounts, emailKey)]
    return byEmail.filter(([, those]) => those.length > 1).map(([email, those]) => `${email} has ${those.length}`)
  },

  'every success in the database is an account at the partner, with its login'({ accounts, rows }) {
    const byEmail = new Map(accounts.map((account) => [emailKey(account), account]))
    return rows.flatMap((row) => {
      if (!HAVE_ACCOUNT.has(row.status)) return []
      const account = byEmail.get(emailKey(row))
      const isSame = row.partner_login === null || row.partner_login === `${account?.login}`
      return account && isSame ? [] : [`${describe(row)} says ${row.partner_login}, the partner ${account?.login}`]
    })
  },

  'every registration named in a response is in the database'({ visits, rows }) {
    const saved = new Set<string>(rows.map(({ id }) => id))
    const told = resultsOf(visits).flatMap(({ code, answer }) =>
      answer?.registrationId === undefined ? [] : [{ code, id: answer.registrationId }],
    )
    return told.filter(({ id }) => !saved.has(id)).map(({ code, id }) => `${id}, for which ${code} was answered`)
  },

  'every link in a response is the stored one'({ visits, rows }) {
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

  'every call was claimed in the database before'({ calls, rows }) {
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

  'every claim waits for the end of the previous call or of its lease, and none follows an outcome'(evidence) {
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
        // On a busy machine the partner learns late that its caller has hung up, as it does of a call.
        const endedAt = (first.endedAt ?? Infinity) - (isIncomplete(first, partnerTimeoutMs) ? lateMs : 0)
        return second.startedAt < Math.min(endedAt, first.startedAt + allowedAfterMs)
      })
      .map(({ first, second }) => `${first.email}: ${JSON.stringify([first, second])}`)
  },

  'nothing stays pending or uncertain'({ rows }) {
    return rows.filter(({ status }) => status === 'pending' || status === 'uncertain').map(describe)
  },

  'at a partner that is unique by e-mail a registration is stuck only because of an unknown sentence'(
    { rows },
    { uniqueByEmail },
  ) {
    const isExpected = (row: Row) => row['stuck_reason'] === 'REJECTED_AFTER_UNKNOWN' && row.email.includes('+rejected')
    return uniqueByEmail ? rows.filter((row) => row.status === 'stuck' && !isExpected(row)).map(describe) : []
  },

  // Deadlines are checked in the simulation, whose clock a busy machine doesn't slow down.
  'every request is answered or loses its connection'({ visits }) {
    return resultsOf(visits)
      .filter(({ tookMs }) => tookMs >= HUNG_AFTER_MS)
      .map(({ code, tookMs }) => `${code} after ${Math.round(tookMs)} ms`)
  },

  'all callers with one key get the same outcome'({ visits }) {
    return [...Map.groupBy(visits, ({ key }) => key)].flatMap(([key, those]) => {
      const outcomes = new Set(resultsOf(those).flatMap(outcomeOf))
      // Only a lost link that is found later may change the outcome.
      if (outcomes.size > 1) outcomes.delete('LINK_UNAVAILABLE')
      return outcomes.size > 1 ? [`${key}: ${[...outcomes].join(' and ')}`] : []
    })
  },

  'every response follows the contract, and none is an unexpected error'({ visits }) {
    return resultsOf(visits)
      .filter(({ code }) => code === 'MALFORMED' || code === 'INTERNAL' || code === 'INVALID_INPUT')
      .map(({ code, problem, answer }) => `${code}: ${problem ?? JSON.stringify(answer)}`)
  },
}

const HAVE_ACCOUNT: ReadonlySet<string> = new Set(['succeeded', 'succeeded_without_link'])

/** How far the clocks of the database and the partner may be apart. A lease is far longer. */
const CLOCKS_APART_MS = 50

/** When the calls of a registration were claimed, by the database's clock. Inserting the intent is the first claim. */
function claimInstants(row: Row | undefined): number[] {
  if (!row) return []
  const later = row.history.filter(({ did }) => did === 'claim').map(({ at }) => Date.parse(at))
  return [row.created_at.getTime(), ...later]
}

/** The longest delay from a claim to the call at the partner, over registrations with one claim and one call. */
function partnerLateMs({ calls, rows }: Evidence): number {
  const made = Map.groupBy(calls, ({ headers }) => headers['idempotency-key'])
  return rows.reduce((latest, { id, attempts, created_at }) => {
    const [call, another] = made.get(id) ?? []
    return call && !another && attempts === 1 ? Math.max(latest, call.startedAt - created_at.getTime()) : latest
  }, 0)
}

/**
 * Checks every invariant on the database, the ledger and the responses.
 *
 * @throws AssertionError with the first few violations of each
 */
export async function checkInvariants(
  cluster: TestCluster,
  visits: readonly Visit[],
  { uniqueByEmail = true, frozen = false }: Expectations = {},
): Promise<Evidence> {
  const evidence = await collectEvidence(cluster, visits)
  const broken = Object.entries(INVARIANTS).flatMap(([promise, violationsOf]) => {
    const violations = violationsOf(evidence, { uniqueByEmail, frozen })
    return violations.length === 0 ? [] : [[promise, { count: violations.length, first: violations.slice(0, 3) }]]
  })
  expect(Object.fromEntries(broken), `invariants violated with seed ${chaosRun.seed}`).toEqual({})
  return evidence
}

function resultsOf(visits: readonly Visit[]): RequestResult[] {
  return visits.flatMap(({ results }) => results)
}

/** The final outcome in a response, if it has one. */
function outcomeOf({ code, answer }: RequestResult): string[] {
  if (!answer) return []
  if (answer.success) return [answer.depositUrl ?? 'LINK_UNAVAILABLE']
  return 'retryable' in answer && !answer.retryable ? [`${code}: ${answer.error}`] : []
}

function describe({ id, email, status, attempts, deposit_url }: Row): string {
  return `${id} (${email}, ${status}, ${attempts} calls, ${deposit_url})`
}
