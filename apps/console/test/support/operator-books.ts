import { randomUUID } from 'node:crypto'
import type {
  Details,
  Found,
  HistoryEntry,
  ListInput,
  Stats,
  StatsInput,
  Status,
  Summary,
} from '@registration/shared/operator'

/** The registrations of a server that the console is tried on. */
export interface OperatorBooks {
  add(registration: Partial<Details> & { email: string; status: Status }): Details
  list(input: ListInput): { items: Summary[]; nextCursor: string | null }
  /** Undefined where there is none. */
  find(id: string): Details | undefined
  stats(range: StatsInput): Stats
  /** Notes what an operator did, newest first. */
  note(registration: Details, entry: HistoryEntry): void
  resolve(registration: Details, found: Found): void
  clear(): void
}

const STATUSES = [
  ...(['pending', 'uncertain', 'succeeded', 'succeeded_without_link', 'rejected', 'released', 'stuck'] as const),
]
const OPEN: readonly Status[] = ['pending', 'uncertain', 'stuck']
const HOUR_MS = 3_600_000
const LATENCY = { p50: 340, p90: 820, p95: 1_430, p99: 8_800 }

export function createOperatorBooks(): OperatorBooks {
  let registrations: Details[] = []
  const counted = (rows: readonly Details[]) =>
    Object.fromEntries(
      STATUSES.map((status) => [status, rows.filter((row) => row.status === status).length]),
    ) as Record<Status, number>

  return {
    add(given) {
      const createdAt = given.createdAt ?? new Date().toISOString()
      const registration: Details = {
        ...{ id: randomUUID(), tag: null, clickId: null, code: null, stuckReason: null, attempts: 1, createdAt },
        ...{ name: 'Ann Example', visitorId: 'v-1', clientIp: '192.0.2.7', siteUrl: null, source: 'orchestrated' },
        ...{ trafficParams: {}, userAgent: null, partnerDomain: null, partnerLogin: null, partnerMessage: null },
        ...{ hasSecrets: false, erasedAt: null, history: [{ at: createdAt, kind: 'begun' }] },
        ...given,
      }
      registrations = [registration, ...registrations]
      return registration
    },
    list({ status, code, email, tag, clickId, from, to, cursor, limit = 50 }) {
      const fitting = registrations.filter(
        (row) =>
          (status === undefined || status.includes(row.status)) &&
          (code === undefined || row.code === code) &&
          (email === undefined || row.email.includes(email)) &&
          (tag === undefined || row.tag === tag) &&
          (clickId === undefined || row.clickId === clickId) &&
          (from === undefined || row.createdAt >= from) &&
          (to === undefined || row.createdAt < to),
      )
      const begin = cursor === undefined ? 0 : Number(cursor)
      const end = begin + limit
      return { items: fitting.slice(begin, end), nextCursor: end < fitting.length ? `${end}` : null }
    },
    find: (id) => registrations.find((row) => row.id === id),
    stats({ from, to = new Date().toISOString() }) {
      const begun = registrations.filter(({ createdAt }) => createdAt >= from && createdAt <= to)
      const grouped = <Key>(keyOf: (row: Details) => Key) => [...Map.groupBy(begun, keyOf)]
      const open = registrations.filter(({ status }) => OPEN.includes(status))
      return {
        bucketMs: HOUR_MS,
        counted: 1,
        byStatus: counted(begun),
        overTime: grouped(({ createdAt }) => createdAt.slice(0, 13))
          .map(([hour, rows]) => ({ at: `${hour}:00:00.000Z`, byStatus: counted(rows), latency: LATENCY }))
          .toSorted((one, other) => one.at.localeCompare(other.at)),
        latency: begun.length === 0 ? null : LATENCY,
        refusals: grouped(({ code }) => code).flatMap(([code, { length: count }]) =>
          code === null ? [] : [{ code, count }],
        ),
        tags: grouped(({ tag }) => tag).map(([tag, rows]) => ({
          tag,
          count: rows.length,
          succeeded: rows.filter(({ status }) => status.startsWith('succeeded')).length,
        })),
        unfinished: {
          count: open.length,
          stuck: open.filter(({ status }) => status === 'stuck').length,
          oldest: open.toSorted((one, other) => one.createdAt.localeCompare(other.createdAt))[0] ?? null,
        },
      }
    },
    note(registration, entry) {
      registration.history = [entry, ...registration.history]
    },
    resolve(registration, { outcome }) {
      registration.stuckReason = null
      registration.hasSecrets = outcome === 'account_with_link'
      registration.status = (
        { account_with_link: 'succeeded', account_without_link: 'succeeded_without_link', absent: 'released' } as const
      )[outcome]
    },
    clear() {
      registrations = []
    },
  }
}
