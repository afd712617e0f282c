import type { PartnerResult } from '../../../src/registration/partner.ts'
import type { Policy } from '../../../src/registration/policy.ts'
import { foldEmail, type Registration, type StuckReason } from '../../../src/registration/registration.ts'
import type { ClockSet } from './fates.ts'
import type { Answered, Called, Claimed, History, Result, Told } from './history.ts'
import { LEASE_MS } from './plan.ts'
import type { Account } from './world.ts'

/** A world at rest: every fault is over, every process runs, and recovery finds nothing due. */
export interface AtRest {
  history: History
  clockSteps: readonly ClockSet[]
  policy: Policy
  rows: readonly Registration[]
  accounts: readonly Account[]
  /** Results that wait in outage journals. */
  waiting: number
  /** What callers with the keys of then were told when nothing was under way any more. */
  later: readonly Answered[]
}

/** What must be true of every world at rest, whatever happened in it. Each returns what contradicts it. */
const INVARIANTS: Record<string, (world: AtRest) => unknown[]> = {
  'a key has one row': ({ rows }) => repeated(rows, (row) => row.idempotencyKeyHash.toString('hex')),

  'an e-mail has one unfinished registration': ({ rows }) =>
    repeated(
      rows.filter(({ status }) => status === 'pending' || status === 'uncertain' || status === 'stuck'),
      ({ email }) => foldEmail(email),
    ),

  'a registration makes one account, and so does an e-mail where the partner sees to it': ({ accounts, policy }) => [
    ...repeated(accounts, ({ registrationId }) => registrationId),
    ...(policy.uniqueByEmail ? repeated(accounts, ({ email }) => foldEmail(email)) : []),
  ],

  'an account that a registration made has its row': ({ accounts, rows }) =>
    accounts.filter(
      ({ registrationId }) => registrationId !== undefined && !rows.some(({ id }) => id === registrationId),
    ),

  'two calls for one e-mail are never under way': ({ history, clockSteps }) =>
    pairsOf(history.calls, ({ email }) => foldEmail(email)).filter(
      ([earlier, later]) =>
        (earlier.endedAt ?? Number.POSITIVE_INFINITY) > later.sentAt && !isMisled(earlier, later, history, clockSteps),
    ),

  'a call is made by the holder of the newest claim, once': ({ history }) => [
    ...history.calls.filter((call) => claimOf(call, history)?.by !== call.by),
    ...repeated(history.calls, (call) => `${call.registrationId} ${claimOf(call, history)?.attempt}`),
  ],

  'a call follows one that was not answered completely only after its lease': ({ history, clockSteps }) =>
    pairsOf(history.calls, ({ registrationId }) => registrationId).filter(([earlier, later]) => {
      const claims = [claimOf(earlier, history), claimOf(later, history)] as const
      if (isComplete(earlier.reply) || !claims[0] || !claims[1]) return false
      if (isMisled(earlier, later, history, clockSteps)) return false
      return claims[1].at < claims[0].at + LEASE_MS / FASTEST_CLOCK - 1
    }),

  'a call is repeated only where the partner makes no second account of it': ({ history, policy }) =>
    policy.uniqueByEmail
      ? []
      : pairsOf(history.calls, ({ registrationId }) => registrationId).filter(
          ([earlier]) => earlier.reply?.kind !== 'not-processed',
        ),

  'nothing stays pending or uncertain, and no journal holds a result': ({ rows, waiting }) => [
    ...rows.filter(({ status }) => status === 'pending' || status === 'uncertain'),
    ...(waiting > 0 ? [{ waiting }] : []),
  ],

  'a result that was kept is on file, unless a newer call or a link says otherwise': ({ history, rows }) =>
    history.results.filter((result) => {
      const status = rows.find(({ id }) => id === result.registrationId)?.status
      if (!isKept(result) || status === 'succeeded') return false
      if (result.settlement.to === 'succeeded') return true
      return isNewest(result, history.claims) && isConclusive(result) && status !== result.settlement.to
    }),

  'every status is true of the partner': ({ rows, ...world }) => rows.filter((row) => !isTrue(row, world)),

  'every answered link is the stored one': ({ history, rows }) =>
    history.answers.filter(({ told }) => {
      if (told.kind !== 'answer' || !('depositUrl' in told.answer) || told.answer.depositUrl === null) return false
      const { registrationId, depositUrl } = told.answer
      // Its disk was full, the database was away, and then its process died: nothing could have kept the link.
      const wasLost = history.results.some((it) => it.registrationId === registrationId && it.diskFailed && !isKept(it))
      return !wasLost && rows.find(({ id }) => id === registrationId)?.depositUrl !== depositUrl
    }),

  'every caller is told the one outcome of the registration, to which only a link may be added': ({ history, rows }) =>
    history.answers.filter(({ told }) => {
      const outcome = outcomeTold(told)
      const row = rows.find(({ id }) => id === outcome?.registrationId)
      if (!outcome || !row || row.status === 'succeeded' || isOvertaken(row, history)) return false
      return outcome.name !== (row.rejection?.code ?? row.status)
    }),

  'a later call with the key is told what is on file, once the partner may be asked': ({ later, rows }) => [
    ...later.filter(({ key, told }) => {
      if (isNotNow(told)) return false
      const row = rows.find(({ idempotencyKeyHash }) => idempotencyKeyHash.toString('hex') === key)
      return row ? !tells(told, row) : told.kind !== 'refusal' || told.code !== 'IN_PROGRESS'
    }),
    // Another key may have the e-mail for good, as one that waits for a person.
    ...[...Map.groupBy(later, ({ key }) => key).values()].filter(
      (ofKey) => ofKey.every(({ told }) => isNotNow(told)) && !isRefusedAs('IN_PROGRESS', ofKey.at(-1)?.told),
    ),
  ],

  'every request is answered within its deadline': ({ history, policy }) =>
    history.answers.filter(({ tookMs, frozen }) => !frozen && Math.floor(tookMs) > policy.requestDeadlineMs),

  'nothing fails in a way that nobody foresaw': ({ history: { answers, troubles } }) => [
    ...troubles,
    ...answers.flatMap(({ told }) => (told.kind === 'broken' ? [told.error] : [])),
  ],
}

/** Every invariant that doesn't hold, with what contradicts it. */
export function broken(world: AtRest): string[] {
  return Object.entries(INVARIANTS).flatMap(([invariant, contradictionsOf]) => {
    const contradictions = contradictionsOf(world)
    return contradictions.length === 0 ? [] : [`${invariant}, but: ${contradictions.map(readable).join('; ')}`]
  })
}

/** The database's clock may run that much faster. */
const FASTEST_CLOCK = 1.02

/** Between two looks at the database's clock; the product looks every second. */
const LOOKS_APART_MS = 5_000

/**
 * Whether the database's clock was set ahead between the two, and the later process can't know: it first read the clock after that, or the
 * clock was set back as well between two of its looks.
 */
function isMisled(
  earlier: Called,
  later: Called,
  { clockFirstRead }: History,
  clockSteps: readonly ClockSet[],
): boolean {
  const readAt = clockFirstRead.get(later.by) ?? Number.POSITIVE_INFINITY
  const isUnseen = ({ at }: ClockSet) =>
    readAt >= at || clockSteps.some((step) => step.aheadMs < 0 && Math.abs(step.at - at) < LOOKS_APART_MS)
  return clockSteps.some(
    (step) => step.aheadMs > 0 && step.at >= earlier.sentAt - LEASE_MS && step.at <= later.sentAt && isUnseen(step),
  )
}

function isRefusedAs(code: string, told: Told | undefined): boolean {
  return told?.kind === 'refusal' && told.code === code
}

/** Whether the caller was turned away before anything was begun. */
function isNotNow(told: Told): boolean {
  return told.kind === 'refusal' && told.registrationId === undefined && NOT_NOW.has(told.code)
}
const NOT_NOW: ReadonlySet<string> = new Set(['PARTNER_UNAVAILABLE', 'OVERLOADED', 'IN_PROGRESS'])

const REFUSED_AS: Partial<Record<StuckReason, string>> = {
  MULTIPLE_ACCOUNTS_AFTER_UNKNOWN: 'MULTIPLE_ACCOUNTS',
  REJECTED_AFTER_UNKNOWN: 'PARTNER_REJECTED',
}

/** Whether the partner's books, and what of its answers was heard, bear the row out. */
function isTrue(row: Registration, { history, accounts, policy, clockSteps }: Omit<AtRest, 'rows'>): boolean {
  const calls = history.calls.filter(({ registrationId }) => registrationId === row.id)
  const found = history.lookUps.filter(({ registrationId }) => registrationId === row.id).map(({ reply }) => reply)
  const ownAccount = accounts.some(({ registrationId }) => registrationId === row.id)
  switch (row.status) {
    case 'succeeded':
      return (
        ownAccount &&
        (calls.some(({ link }) => link === row.depositUrl) ||
          found.some((reply) => reply.kind === 'accepted' && reply.depositUrl === row.depositUrl))
      )
    case 'succeeded_without_link':
      // Somebody else's account is a refusal, where one of our rows shows it.
      return accounts.some(
        ({ email, registrationId }) =>
          foldEmail(email) === foldEmail(row.email) && (registrationId === row.id || registrationId === undefined),
      )
    case 'rejected':
      return (
        !ownAccount &&
        (calls.some(({ reply }) => reply?.kind === 'rejected' && reply.code === row.rejection?.code) ||
          (row.rejection?.code === 'ALREADY_REGISTERED' && found.some(({ kind }) => kind === 'present')))
      )
    case 'released':
      return !ownAccount && calls.every(({ reply }) => reply?.kind === 'not-processed')
    case 'stuck':
      return row.stuckReason !== null && row.stuckReason in REFUSED_AS
        ? row.attempts > 1 &&
            calls.some(
              ({ reply }) => reply?.kind === 'rejected' && reply.code === REFUSED_AS[row.stuckReason as StuckReason],
            )
        : !policy.uniqueByEmail && (clockSteps.length > 0 || mayHaveReachedPartner(row, history))
    case 'pending':
    case 'uncertain':
      return true
  }
}

/** Whether there is a call without a usable answer, or a claim whose result nobody had kept when its lease was over. */
function mayHaveReachedPartner(row: Registration, history: History): boolean {
  const { claims, calls, results } = history
  const isKnown = ({ attempt, databaseAt }: Claimed) =>
    results.some(
      ({ registrationId, savedAt = Number.POSITIVE_INFINITY, ...result }) =>
        registrationId === row.id && result.attempt === attempt && savedAt <= databaseAt + LEASE_MS,
    )
  return (
    claims.some((claim) => claim.registrationId === row.id && !isKnown(claim)) ||
    calls.some(({ registrationId, reply }) => registrationId === row.id && reply?.kind === 'unknown')
  )
}

/** The newest claim when the call was made. */
function claimOf({ registrationId, claimsBefore }: Called, { claims }: History): Claimed | undefined {
  return claims.slice(0, claimsBefore).findLast((claim) => claim.registrationId === registrationId)
}

function isComplete(reply: PartnerResult | undefined): boolean {
  return reply !== undefined && (reply.kind !== 'unknown' || reply.answeredCompletely)
}

/**
 * Whether a replica held a result back while the database was away, and another one asked the partner again as soon as
 * it was there. Rule 7 gives the newer call the last word, save over a link.
 */
function isOvertaken(row: Registration, { claims, results }: History): boolean {
  return results.some(
    (result) =>
      result.registrationId === row.id && (result.journaled || result.diskFailed) && !isNewest(result, claims),
  )
}

function isNewest({ registrationId, attempt }: Result, claims: readonly Claimed[]): boolean {
  return !claims.some((claim) => claim.registrationId === registrationId && claim.attempt > attempt)
}

function isKept({ savedAt, journaled }: Result): boolean {
  return savedAt !== undefined || journaled
}

function isConclusive({ settlement }: Result): boolean {
  return settlement.to === 'rejected' || settlement.to === 'succeeded_without_link' || settlement.to === 'stuck'
}

/** What a caller takes for final, in a row's words; undefined: to be asked again, or a link, which is checked apart. */
function outcomeTold(told: Told): { name: string; registrationId: string | undefined } | undefined {
  if (told.kind === 'answer') {
    const { success, registrationId } = told.answer
    return success && told.answer.depositUrl === null ? { name: 'succeeded_without_link', registrationId } : undefined
  }
  if (told.kind !== 'refusal' || !REJECTIONS.has(told.code)) return undefined
  return { name: told.code, registrationId: told.registrationId }
}

/** Whether this is the answer of a registration at rest. */
function tells(told: Told, { status, depositUrl, rejection }: Registration): boolean {
  switch (status) {
    case 'succeeded':
    case 'succeeded_without_link':
      return told.kind === 'answer' && told.answer.success && told.answer.depositUrl === depositUrl
    case 'rejected':
      return told.kind === 'refusal' && told.code === rejection?.code
    case 'stuck':
      return told.kind === 'answer' && !told.answer.success
    case 'released':
      // Another key holds the e-mail meanwhile.
      return told.kind === 'refusal' && told.code === 'IN_PROGRESS'
    default:
      return false
  }
}

const REJECTIONS: ReadonlySet<string> = new Set(['ALREADY_REGISTERED', 'MULTIPLE_ACCOUNTS', 'PARTNER_REJECTED'])

/** Those that share their name with an earlier one. */
function repeated<Item>(items: readonly Item[], nameOf: (item: Item) => string | undefined): Item[] {
  const seen = new Set<string>()
  return items.filter((item) => {
    const name = nameOf(item)
    if (name === undefined) return false
    return seen.size === seen.add(name).size
  })
}

/** Each with the next of the same name. */
function pairsOf(calls: readonly Called[], nameOf: (call: Called) => string): [Called, Called][] {
  return calls.flatMap((earlier, index): [Called, Called][] => {
    const later = calls.slice(index + 1).find((call) => nameOf(call) === nameOf(earlier))
    return later ? [[earlier, later]] : []
  })
}

function readable(contradiction: unknown): string {
  if (contradiction instanceof Error) return contradiction.stack ?? contradiction.message
  return JSON.stringify(contradiction, (_, value) =>
    value?.type === 'Buffer' ? Buffer.from(value).toString('hex') : value,
  )
}
