import type { PartnerResult } from '../../../src/registration/partner.ts'
import type { Policy } from '../../../src/registration/policy.ts'
import { foldEmail, type Registration, type StuckReason } from '../../../src/registration/registration.ts'
import type { ClockChange } from './fault-plan.ts'
import type { AnsweredRequest, CallerOutcome, History, RecordedCall, RecordedClaim, RecordedResult } from './history.ts'
import { LEASE_MS } from './scenario.ts'
import type { Account } from './simulation-context.ts'

/** The state when everything has finished: no fault is active, every process runs, and nothing is due. */
export interface FinalState {
  history: History
  clockChanges: readonly ClockChange[]
  policy: Policy
  rows: readonly Registration[]
  accounts: readonly Account[]
  /** Results that wait in outage journals or in memory. */
  unsavedResults: number
  /** The repeated requests with the same keys, sent after everything had finished. */
  laterRequests: readonly AnsweredRequest[]
}

/** What must hold in every final state. Each returns what contradicts it. */
const INVARIANTS: Record<string, (state: FinalState) => unknown[]> = {
  'a key has one row': ({ rows }) => duplicates(rows, (row) => row.idempotencyKeyHash.toString('hex')),

  'an e-mail has one unfinished registration': ({ rows }) =>
    duplicates(
      rows.filter(({ status }) => status === 'pending' || status === 'uncertain' || status === 'stuck'),
      ({ email }) => foldEmail(email),
    ),

  'a registration has at most one account, and so has an e-mail if the partner enforces it': ({ accounts, policy }) => [
    ...duplicates(accounts, ({ registrationId }) => registrationId),
    ...(policy.uniqueByEmail ? duplicates(accounts, ({ email }) => foldEmail(email)) : []),
  ],

  'an account that a registration created has its row': ({ accounts, rows }) =>
    accounts.filter(
      ({ registrationId }) => registrationId !== undefined && !rows.some(({ id }) => id === registrationId),
    ),

  'two calls for one e-mail never overlap': ({ history, clockChanges }) =>
    pairsOf(history.calls, ({ email }) => foldEmail(email)).filter(
      ([earlier, later]) =>
        (earlier.endedAt ?? Number.POSITIVE_INFINITY) > later.sentAt &&
        !isExcusedByClock(earlier, later, history, clockChanges),
    ),

  'the holder of the newest claim makes the call, once': ({ history }) => [
    ...history.calls.filter((call) => claimOf(call, history)?.by !== call.by),
    ...duplicates(history.calls, (call) => `${call.registrationId} ${claimOf(call, history)?.attempt}`),
  ],

  'after a call without a complete answer the next one waits for the end of the lease': ({ history, clockChanges }) =>
    pairsOf(history.calls, ({ registrationId }) => registrationId).filter(([earlier, later]) => {
      const claims = [claimOf(earlier, history), claimOf(later, history)] as const
      if (isComplete(earlier.result) || !claims[0] || !claims[1]) return false
      if (isExcusedByClock(earlier, later, history, clockChanges)) return false
      return claims[1].at < claims[0].at + LEASE_MS / FASTEST_CLOCK - 1
    }),

  'a call with an unknown outcome is repeated only if the partner refuses a second account': ({ history, policy }) =>
    policy.uniqueByEmail
      ? []
      : pairsOf(history.calls, ({ registrationId }) => registrationId).filter(
          ([earlier]) => earlier.result?.kind !== 'not-processed',
        ),

  'nothing stays pending or uncertain, and no journal holds a result': ({ rows, unsavedResults }) => [
    ...rows.filter(({ status }) => status === 'pending' || status === 'uncertain'),
    ...(unsavedResults > 0 ? [{ unsavedResults }] : []),
  ],

  'a saved result is in the database, unless a newer call or a link replaced it': ({ history, rows }) =>
    history.results.filter((result) => {
      const status = rows.find(({ id }) => id === result.registrationId)?.status
      if (!isKept(result) || status === 'succeeded') return false
      if (result.settlement.to === 'succeeded') return true
      return isNewest(result, history.claims) && isConclusive(result) && status !== result.settlement.to
    }),

  'every status agrees with the partner': ({ rows, ...state }) => rows.filter((row) => !isConsistent(row, state)),

  'every link in a response is the stored one': ({ history, rows }) =>
    history.answers.filter(({ outcome }) => {
      if (outcome.kind !== 'answer' || !('depositUrl' in outcome.answer) || outcome.answer.depositUrl === null)
        return false
      const { registrationId, depositUrl } = outcome.answer
      // The disk was full, the database was unavailable and the process was killed: nothing could have saved the link.
      const wasLost = history.results.some((it) => it.registrationId === registrationId && it.diskFailed && !isKept(it))
      return !wasLost && rows.find(({ id }) => id === registrationId)?.depositUrl !== depositUrl
    }),

  'all callers get the same outcome of a registration, to which only a link may be added': ({ history, rows }) =>
    history.answers.filter(({ outcome }) => {
      const final = finalOutcome(outcome)
      const row = rows.find(({ id }) => id === final?.registrationId)
      if (!final || !row || row.status === 'succeeded' || isOvertaken(row, history)) return false
      return final.name !== (row.rejection?.code ?? row.status)
    }),

  'a later request with the key gets the stored outcome, once the partner may be called again': ({
    laterRequests,
    rows,
  }) => [
    ...laterRequests.filter(({ key, outcome }) => {
      if (isTurnedAway(outcome)) return false
      const row = rows.find(({ idempotencyKeyHash }) => idempotencyKeyHash.toString('hex') === key)
      return row ? !matchesRow(outcome, row) : outcome.kind !== 'refusal' || outcome.code !== 'IN_PROGRESS'
    }),
    // Another key may block the e-mail for good, such as one that waits for a person.
    ...[...Map.groupBy(laterRequests, ({ key }) => key).values()].filter(
      (ofKey) =>
        ofKey.every(({ outcome }) => isTurnedAway(outcome)) && !isRefusedAs('IN_PROGRESS', ofKey.at(-1)?.outcome),
    ),
  ],

  'every request is answered within its deadline': ({ history, policy }) =>
    history.answers.filter(({ tookMs, frozen }) => !frozen && Math.floor(tookMs) > policy.requestDeadlineMs),

  'there is no unexpected error': ({ history: { answers, unexpectedErrors } }) => [
    ...unexpectedErrors,
    ...answers.flatMap(({ outcome }) => (outcome.kind === 'broken' ? [outcome.error] : [])),
  ],
}

/** Returns a message for every invariant that doesn't hold, with what contradicts it. */
export function brokenInvariants(state: FinalState): string[] {
  return Object.entries(INVARIANTS).flatMap(([invariant, contradictionsOf]) => {
    const contradictions = contradictionsOf(state)
    return contradictions.length === 0 ? [] : [`${invariant}, but: ${contradictions.map(format).join('; ')}`]
  })
}

/** The fastest clock in a scenario. */
const FASTEST_CLOCK = 1.02

/** The longest time between two reads of the database's clock; in production it is a second. */
const CLOCK_READ_INTERVAL_MS = 5_000

/**
 * Whether the database's clock was set ahead between the two calls and the later process can't know: it first read the clock after that, or the
 * clock was also set back between two of its reads.
 */
function isExcusedByClock(
  earlier: RecordedCall,
  later: RecordedCall,
  { clockFirstRead }: History,
  clockChanges: readonly ClockChange[],
): boolean {
  const readAt = clockFirstRead.get(later.by) ?? Number.POSITIVE_INFINITY
  const isUnseen = ({ at }: ClockChange) =>
    readAt >= at || clockChanges.some((step) => step.aheadMs < 0 && Math.abs(step.at - at) < CLOCK_READ_INTERVAL_MS)
  return clockChanges.some(
    (step) => step.aheadMs > 0 && step.at >= earlier.sentAt - LEASE_MS && step.at <= later.sentAt && isUnseen(step),
  )
}

function isRefusedAs(code: string, outcome: CallerOutcome | undefined): boolean {
  return outcome?.kind === 'refusal' && outcome.code === code
}

/** Whether the request was rejected before a registration was created. */
function isTurnedAway(outcome: CallerOutcome): boolean {
  return outcome.kind === 'refusal' && outcome.registrationId === undefined && TURNED_AWAY_CODES.has(outcome.code)
}
const TURNED_AWAY_CODES: ReadonlySet<string> = new Set(['PARTNER_UNAVAILABLE', 'OVERLOADED', 'IN_PROGRESS'])

const REFUSED_AS: Partial<Record<StuckReason, string>> = {
  MULTIPLE_ACCOUNTS_AFTER_UNKNOWN: 'MULTIPLE_ACCOUNTS',
  REJECTED_AFTER_UNKNOWN: 'PARTNER_REJECTED',
}

/** Whether the partner's accounts and the answers that arrived agree with the row. */
function isConsistent(
  row: Registration,
  { history, accounts, policy, clockChanges }: Omit<FinalState, 'rows'>,
): boolean {
  const calls = history.calls.filter(({ registrationId }) => registrationId === row.id)
  const found = history.lookUps.filter(({ registrationId }) => registrationId === row.id).map(({ result }) => result)
  const ownAccount = accounts.some(({ registrationId }) => registrationId === row.id)
  switch (row.status) {
    case 'succeeded':
      return (
        ownAccount &&
        (calls.some(({ link }) => link === row.depositUrl) ||
          found.some((result) => result.kind === 'accepted' && result.depositUrl === row.depositUrl))
      )
    case 'succeeded_without_link':
      // An account of another registration leads to a rejection instead.
      return accounts.some(
        ({ email, registrationId }) =>
          foldEmail(email) === foldEmail(row.email) && (registrationId === row.id || registrationId === undefined),
      )
    case 'rejected':
      return (
        !ownAccount &&
        (calls.some(({ result }) => result?.kind === 'rejected' && result.code === row.rejection?.code) ||
          (row.rejection?.code === 'ALREADY_REGISTERED' && found.some(({ kind }) => kind === 'present')))
      )
    case 'released':
      return !ownAccount && calls.every(({ result }) => result?.kind === 'not-processed')
    case 'stuck':
      return row.stuckReason !== null && row.stuckReason in REFUSED_AS
        ? row.attempts > 1 &&
            calls.some(
              ({ result }) => result?.kind === 'rejected' && result.code === REFUSED_AS[row.stuckReason as StuckReason],
            )
        : !policy.uniqueByEmail && (clockChanges.length > 0 || mayHaveReachedPartner(row, history))
    case 'pending':
    case 'uncertain':
      return true
  }
}

/** Whether a call has no usable answer, or the result of a claim was not saved before its lease ended. */
function mayHaveReachedPartner(row: Registration, history: History): boolean {
  const { claims, calls, results } = history
  const isKnown = ({ attempt, databaseAt }: RecordedClaim) =>
    results.some(
      ({ registrationId, savedAt = Number.POSITIVE_INFINITY, ...result }) =>
        registrationId === row.id && result.attempt === attempt && savedAt <= databaseAt + LEASE_MS,
    )
  return (
    claims.some((claim) => claim.registrationId === row.id && !isKnown(claim)) ||
    calls.some(({ registrationId, result }) => registrationId === row.id && result?.kind === 'unknown')
  )
}

/** The newest claim when the call was made. */
function claimOf({ registrationId, claimsBefore }: RecordedCall, { claims }: History): RecordedClaim | undefined {
  return claims.slice(0, claimsBefore).findLast((claim) => claim.registrationId === registrationId)
}

function isComplete(result: PartnerResult | undefined): boolean {
  return result !== undefined && (result.kind !== 'unknown' || result.answeredCompletely)
}

/**
 * Whether a replica kept a result in its journal or memory during a database outage, and another one called the partner
 * again afterwards. Then the newer call decides, except over a link.
 */
function isOvertaken(row: Registration, { claims, results }: History): boolean {
  return results.some(
    (result) =>
      result.registrationId === row.id && (result.journaled || result.diskFailed) && !isNewest(result, claims),
  )
}

function isNewest({ registrationId, attempt }: RecordedResult, claims: readonly RecordedClaim[]): boolean {
  return !claims.some((claim) => claim.registrationId === registrationId && claim.attempt > attempt)
}

function isKept({ savedAt, journaled }: RecordedResult): boolean {
  return savedAt !== undefined || journaled
}

function isConclusive({ settlement }: RecordedResult): boolean {
  return settlement.to === 'rejected' || settlement.to === 'succeeded_without_link' || settlement.to === 'stuck'
}

/** The final outcome in an answer, as a row's status or code; undefined if there is none, or for a link, which is checked separately. */
function finalOutcome(outcome: CallerOutcome): { name: string; registrationId: string | undefined } | undefined {
  if (outcome.kind === 'answer') {
    const { success, registrationId } = outcome.answer
    return success && outcome.answer.depositUrl === null
      ? { name: 'succeeded_without_link', registrationId }
      : undefined
  }
  if (outcome.kind !== 'refusal' || !REJECTIONS.has(outcome.code)) return undefined
  return { name: outcome.code, registrationId: outcome.registrationId }
}

/** Whether this is the answer for a registration with this row. */
function matchesRow(outcome: CallerOutcome, { status, depositUrl, rejection }: Registration): boolean {
  switch (status) {
    case 'succeeded':
    case 'succeeded_without_link':
      return outcome.kind === 'answer' && outcome.answer.success && outcome.answer.depositUrl === depositUrl
    case 'rejected':
      return outcome.kind === 'refusal' && outcome.code === rejection?.code
    case 'stuck':
      return outcome.kind === 'answer' && !outcome.answer.success
    case 'released':
      // Another key blocks the e-mail meanwhile.
      return outcome.kind === 'refusal' && outcome.code === 'IN_PROGRESS'
    default:
      return false
  }
}

const REJECTIONS: ReadonlySet<string> = new Set(['ALREADY_REGISTERED', 'MULTIPLE_ACCOUNTS', 'PARTNER_REJECTED'])

/** The items whose name an earlier item has. */
function duplicates<Item>(items: readonly Item[], nameOf: (item: Item) => string | undefined): Item[] {
  const seen = new Set<string>()
  return items.filter((item) => {
    const name = nameOf(item)
    if (name === undefined) return false
    return seen.size === seen.add(name).size
  })
}

/** Pairs of each call with the next one of the same name. */
function pairsOf(
  calls: readonly RecordedCall[],
  nameOf: (call: RecordedCall) => string,
): [RecordedCall, RecordedCall][] {
  return calls.flatMap((earlier, index): [RecordedCall, RecordedCall][] => {
    const later = calls.slice(index + 1).find((call) => nameOf(call) === nameOf(earlier))
    return later ? [[earlier, later]] : []
  })
}

function format(contradiction: unknown): string {
  if (contradiction instanceof Error) return contradiction.stack ?? contradiction.message
  return JSON.stringify(contradiction, (_, value) =>
    value?.type === 'Buffer' ? Buffer.from(value).toString('hex') : value,
  )
}
