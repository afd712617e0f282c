import type { PartnerAccount, PartnerCall } from '@registration/partner-sandbox'
import type { Selectable } from 'kysely'
import type { RegistrationsTable } from '../../../src/store/registration-fields.ts'
import { ROWS_WITH_HISTORY } from '../../support/rows-with-history.ts'
import type { TestCluster } from './test-cluster.ts'
import type { Visit } from './visit.ts'

export type Row = Selectable<RegistrationsTable>

/** What the invariants are checked on: the partner's ledger, the rows, and the visitors' responses. */
export interface Evidence {
  accounts: readonly PartnerAccount[]
  calls: readonly PartnerCall[]
  rows: readonly Row[]
  visits: readonly Visit[]
  /** The servers' PARTNER_TIMEOUT_MS. */
  partnerTimeoutMs: number
}

export async function collectEvidence(cluster: TestCluster, visits: readonly Visit[]): Promise<Evidence> {
  const { partnerTimeoutMs } = cluster
  const { accounts, calls } = await cluster.partner.ledger()
  const { rows } = await cluster.database.query<Row>(ROWS_WITH_HISTORY)
  return { accounts, calls, rows, visits, partnerTimeoutMs }
}

/** The e-mail as the partner and the database compare it. */
export function emailKey({ email }: { email: string }): string {
  return email.trim().toLowerCase()
}

/** Each call with the next one for the same e-mail. */
export function successiveCalls({ calls }: Evidence): { first: PartnerCall; second: PartnerCall }[] {
  return [...Map.groupBy(calls, emailKey).values()].flatMap((ofEmail) =>
    ofEmail.slice(1).map((second, index) => ({ first: ofEmail[index] as PartnerCall, second })),
  )
}

/** Misbehaviours without a complete answer; for a known e-mail they answer with a complete rejection. */
const ENDLESS: ReadonlySet<PartnerCall['misbehaviour']> = new Set([
  'hang-in-body',
  'drip',
  'reset-after-headers',
  'oversized-json',
])

/** Whether the caller certainly got no complete answer of the partner. */
export function isIncomplete({ status, misbehaviour, startedAt, endedAt }: PartnerCall, timeoutMs: number): boolean {
  if (status === null || endedAt === null || endedAt - startedAt > timeoutMs) return true
  // These come from a gateway; the partner behind it may still be working.
  return status === 502 || status === 504 || (status === 200 && ENDLESS.has(misbehaviour))
}
