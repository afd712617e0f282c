import type { PartnerAccount } from '../../../src/registration/partner.ts'
import {
  foldEmail,
  type Intent,
  type Registration,
  type RegistrationStatus,
  type StuckReason,
} from '../../../src/registration/registration.ts'
import type { Claim, ClaimedCall, InsertResult } from '../../../src/registration/registration-store.ts'
import { LONGEST_PAUSE_MS } from '../../../src/registration/retry-pauses.ts'
import type { Settlement } from '../../../src/registration/settlement.ts'
import type { SimulatedStore } from './simulation-context.ts'

export interface ModelStoreOptions {
  /** The database's clock, in milliseconds. */
  now: () => number
  leaseMs: number
  replayForMs: number
}

/** The store in memory, and all its registrations. */
export type ModelStore = SimulatedStore & {
  all(): Registration[]
}

interface Row {
  intent: Intent
  folded: string
  status: RegistrationStatus
  attempts: number
  asking: boolean
  /** The id of the newest claim; the intent's id if the intent brought it. */
  claimId: string
  leaseUntil: number | null
  nextAttemptAt: number | null
  uncertainSince: number | null
  settledAt: number | null
  createdAt: number
  partnerAccount: PartnerAccount | null
  depositUrl: string | null
  rejection: Registration['rejection']
  stuckReason: StuckReason | null
}

const BLOCKS_EMAIL: ReadonlySet<RegistrationStatus> = new Set(['pending', 'uncertain', 'stuck'])
const UNFINISHED: ReadonlySet<RegistrationStatus> = new Set(['pending', 'uncertain'])
/** As in production. */
const GRACE_MS = 1_000
const SLACK_MS = 1_000
const MAY_LACK_ACCOUNT: ReadonlySet<RegistrationStatus> = new Set([...BLOCKS_EMAIL, 'succeeded_without_link'])
const WITH_ACCOUNT: ReadonlySet<RegistrationStatus> = new Set(['succeeded', 'succeeded_without_link'])

/** `RegistrationStore` in memory. `store-contract.test.ts` compares it with the real one. */
export function createModelStore({ now, leaseMs, replayForMs }: ModelStoreOptions): ModelStore {
  const rows = new Map<string, Row>()
  const find = (condition: (row: Row) => boolean) => [...rows.values()].find(condition)
  const byKey = (hash: Buffer) => find(({ intent }) => intent.idempotencyKeyHash.equals(hash))
  const isLeased = ({ leaseUntil }: Row) => leaseUntil !== null && leaseUntil > now()
  const blockerOf = (folded: string) =>
    find((row) => row.folded === folded && (BLOCKS_EMAIL.has(row.status) || isLeased(row)))
  const showsSecrets = ({ settledAt }: Row) => settledAt === null || now() - settledAt < replayForMs
  const latestOf = (folded: string) =>
    [...rows.values()]
      .filter(
        (row) => row.folded === folded && row.status !== 'rejected' && row.status !== 'released' && showsSecrets(row),
      )
      .sort((a, b) => b.createdAt - a.createdAt)[0]
  const rowOf = (id: string) => {
    const row = rows.get(id)
    if (!row) throw new Error(`There is no registration ${id}.`)
    return row
  }

  function snapshot(row: Row): Registration {
    const { intent, status, attempts, asking, rejection, stuckReason, nextAttemptAt, uncertainSince } = row
    return {
      ...intent,
      status,
      attempts,
      asking,
      rejection,
      stuckReason,
      nextAttemptInMs: nextAttemptAt === null ? 0 : Math.ceil(Math.max(nextAttemptAt - now(), 0)),
      uncertainForMs: uncertainSince === null ? 0 : now() - uncertainSince,
      partnerAccount: WITH_ACCOUNT.has(status) ? withoutSecrets(row.partnerAccount, showsSecrets(row)) : null,
      depositUrl: showsSecrets(row) ? row.depositUrl : null,
    }
  }

  function takeClaim(row: Row, claimId: string): Claim {
    row.attempts += 1
    row.asking = true
    row.claimId = claimId
    row.leaseUntil = now() + leaseMs
    row.nextAttemptAt = row.leaseUntil
    return claimOf(row)
  }

  function claimOf(row: Row): Claim {
    const registration = snapshot(row)
    return { id: row.intent.id, attempt: row.attempts, probing: row.status === 'uncertain', registration }
  }

  function insertIntent(intent: Intent, isProven = false): InsertResult {
    const folded = foldEmail(intent.email)
    const sameKey = byKey(intent.idempotencyKeyHash)
    // Repeated, since the answer was lost.
    if (sameKey?.asking && sameKey.claimId === intent.id) return { kind: 'inserted', claim: claimOf(sameKey) }
    const released = sameKey?.status === 'released' && sameKey.folded === folded
    if (sameKey && !released) return { kind: 'same-key', registration: snapshot(sameKey) }
    const holder = (isProven ? latestOf(folded) : undefined) ?? blockerOf(folded)
    if (holder && holder !== sameKey) return { kind: 'same-email', registration: snapshot(holder) }
    const row = sameKey ?? newRow(intent, folded, now())
    row.status = 'pending'
    row.settledAt = null
    row.uncertainSince = null
    rows.set(row.intent.id, row)
    return { kind: 'inserted', claim: takeClaim(row, intent.id) }
  }

  function mayWrite(row: Row, attempt: number, { to }: Settlement): boolean {
    if (to === 'succeeded') return row.status !== 'succeeded'
    if (row.attempts !== attempt) return false
    // Once it is stuck, only a result that leaves nothing for a person to decide.
    return (
      UNFINISHED.has(row.status) || (row.status === 'stuck' && (to === 'succeeded_without_link' || to === 'rejected'))
    )
  }

  function write(row: Row, attempt: number, settlement: Settlement): void {
    row.asking = false
    // A late link says nothing about a newer call, whose lease goes on.
    const leaseLeft = row.attempts === attempt ? null : row.leaseUntil
    const finish = (status: RegistrationStatus) => {
      Object.assign(row, FINISHED, { status, settledAt: now(), leaseUntil: leaseLeft, nextAttemptAt: leaseLeft })
    }
    switch (settlement.to) {
      case 'succeeded':
        finish('succeeded')
        row.partnerAccount = settlement.answer
        row.depositUrl = settlement.depositUrl
        return
      case 'succeeded_without_link':
        finish('succeeded_without_link')
        row.partnerAccount = settlement.answer ?? row.partnerAccount
        return
      case 'rejected':
        finish('rejected')
        row.rejection = { code: settlement.code, message: settlement.message }
        return
      case 'retry':
        row.status = 'pending'
        row.leaseUntil = null
        row.nextAttemptAt = now() + settlement.nextAttemptInMs
        return
      case 'uncertain':
        row.status = 'uncertain'
        row.uncertainSince ??= now()
        if (settlement.leaseIsOver) row.leaseUntil = null
        row.nextAttemptAt = Math.max(now() + settlement.nextAttemptInMs, row.leaseUntil ?? 0)
        return
      case 'stuck':
        row.status = 'stuck'
        row.stuckReason = settlement.reason
        row.nextAttemptAt = null
    }
  }

  function settle({ id, attempt }: ClaimedCall, settlement: Settlement): Registration {
    const row = rowOf(id)
    if (mayWrite(row, attempt, settlement)) write(row, attempt, settlement)
    else if (settlement.to === 'succeeded_without_link' && MAY_LACK_ACCOUNT.has(row.status)) {
      row.partnerAccount ??= settlement.answer
    }
    return snapshot(row)
  }

  return {
    all: () => [...rows.values()].map(snapshot),
    insertIntent: async (intent, isProven) => insertIntent(intent, isProven),
    async claim(seen, claimId) {
      const row = rowOf(seen.id)
      if (row.asking && row.claimId === claimId) return { ...claimOf(row), tookOverAt: now() }
      if (row.attempts !== seen.attempts || !UNFINISHED.has(row.status) || isLeased(row)) return undefined
      const tookOver = row.leaseUntil !== null && { tookOverAt: now() }
      // The previous claim was never settled: the outcome of its call is unknown.
      if (row.asking) {
        row.status = 'uncertain'
        row.uncertainSince = Math.min(row.uncertainSince ?? now(), now())
      } else if (row.uncertainSince !== null) row.uncertainSince = Math.min(row.uncertainSince, now())
      return { ...takeClaim(row, claimId), ...tookOver }
    },
    settle: async (call, settlement) => settle(call, settlement),
    async write(call, settlement) {
      settle(call, settlement)
    },
    async extendLeases(calls) {
      for (const { id, attempt } of calls) {
        const row = rowOf(id)
        if (!row.asking || row.attempts !== attempt) continue
        row.leaseUntil = now() + leaseMs
        row.nextAttemptAt = row.leaseUntil
      }
    },
    async closeRegistration(seen, closure) {
      const row = rowOf(seen.id)
      if (row.attempts === seen.attempts && row.asking === seen.asking && row.status === seen.status) {
        row.status = closure.to
        row.asking = false
        row.nextAttemptAt = null
        if (closure.to === 'stuck') row.stuckReason = closure.reason
        else row.settledAt = now()
      }
      return snapshot(row)
    },
    async findByKey(hash) {
      const row = byKey(hash)
      return row && snapshot(row)
    },
    async findLatestByEmail(email) {
      const latest = latestOf(foldEmail(email))
      return latest && snapshot(latest)
    },
    get: async (id) => snapshot(rowOf(id)),
    async showsEarlierAccount({ id, email }) {
      const other = find(
        ({ intent, folded, status, rejection }) =>
          intent.id !== id &&
          folded === foldEmail(email) &&
          (WITH_ACCOUNT.has(status) || rejection?.code === 'ALREADY_REGISTERED'),
      )
      return other !== undefined
    },
    async takeDue(limit, reserveMs) {
      const due = [...rows.values()]
        .filter(({ status, nextAttemptAt }) => UNFINISHED.has(status) && (nextAttemptAt ?? 0) <= now() - GRACE_MS)
        .sort((a, b) => (a.nextAttemptAt ?? 0) - (b.nextAttemptAt ?? 0))
        .slice(0, limit)
      return due.map((row) => {
        row.nextAttemptAt = now() + reserveMs
        return { ...snapshot(row), nextAttemptInMs: 0 }
      })
    },
    async shortenWaits() {
      const tooLong = [...rows.values()].filter(
        ({ status, leaseUntil, nextAttemptAt }) =>
          UNFINISHED.has(status) &&
          ((leaseUntil ?? 0) > now() + leaseMs + SLACK_MS ||
            (nextAttemptAt ?? 0) > now() + LONGEST_PAUSE_MS + SLACK_MS),
      )
      for (const row of tooLong) {
        if ((row.leaseUntil ?? 0) > now() + leaseMs + SLACK_MS) row.leaseUntil = now() + leaseMs
        row.nextAttemptAt = Math.max(now(), row.leaseUntil ?? 0)
      }
      return { shortened: tooLong.length, databaseMs: now() }
    },
  }
}

const FINISHED = { rejection: null, stuckReason: null }

function newRow(intent: Intent, folded: string, createdAt: number): Row {
  return {
    intent,
    folded,
    status: 'pending',
    attempts: 0,
    asking: false,
    claimId: intent.id,
    leaseUntil: null,
    nextAttemptAt: null,
    uncertainSince: null,
    settledAt: null,
    createdAt,
    partnerAccount: null,
    depositUrl: null,
    rejection: null,
    stuckReason: null,
  }
}

/** The partner's answer without its secrets, once they may no longer be shown. */
function withoutSecrets(answer: PartnerAccount | null, mayShow: boolean): PartnerAccount | null {
  if (answer === null || mayShow) return answer
  const { success, domain, login } = answer
  return { success, domain, login }
}
