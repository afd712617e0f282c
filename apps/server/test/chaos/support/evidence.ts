import type { PartnerAccount, PartnerCall } from '@registration/partner-sandbox'
import type { Selectable } from 'kysely'
import type { RegistrationsTable } from '../../../src/store/registration-fields.ts'
import { ROWS_WITH_HISTORY } from '../../support/rows-with-history.ts'
import type { TestCluster } from './test-cluster.ts'
import type { Visit } from './visit.ts'

export type Row = Selectable<RegistrationsTable>

/** What is left when all is over: what the partner did, what is on file, and what the visitors were told. */
export interface Evidence {
  accounts: readonly PartnerAccount[]
  calls: readonly PartnerCall[]
  rows: readonly Row[]
  visits: readonly Visit[]
  /** What the servers were told, in milliseconds. */
  partnerTimeoutMs: number
}

export async function collectEvidence(cluster: TestCluster, visits: readonly Visit[]): Promise<Evidence> {
  const { partnerTimeoutMs } = cluster
  const { accounts, calls } = await cluster.partner.ledger()
  const { rows } = await cluster.database.query<Row>(ROWS_WITH_HISTORY)
  return { accounts, calls, rows, visits, partnerTimeoutMs }
}

/** The identity of an e-mail, to the partner and on file. */
export function emailKey({ email }: { email: string }): string {
  return email.trim().toLowerCase()
}

/** Each call with the next one for the same e-mail. */
export function successiveCalls({ calls }: Evidence): { first: PartnerCall; second: PartnerCall }[] {
  return [...Map.groupBy(calls, emailKey).values()].flatMap((ofEmail) =>
    ofEmail.slice(1).map((second, index) => ({ first: ofEmail[index] as PartnerCall, second })),
  )
}

/** Whose answer has no end. For an e-mail that is known already they refuse, in whole sentences. */
const ENDLESS: ReadonlySet<PartnerCall['misbehaviour']> = new Set([
  'hang-in-body',
  'drip',
  'reset-after-headers',
  'oversized-json',
])

/** Whether whoever made the call certainly got no whole answer of the partner's own. */
export function isIncomplete({ status, misbehaviour, startedAt, endedAt }: PartnerCall, timeoutMs: number): boolean {
  if (status === null || endedAt === null || endedAt - startedAt > timeoutMs) return true
  // These two speak for a gateway, behind which the partner may still be at work.
  return status === 502 || status === 504 || (status === 200 && ENDLESS.has(misbehaviour))
}
