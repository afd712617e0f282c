import { randomUUID } from 'node:crypto'
import type {
  DeadEvents,
  Details,
  EndpointState,
  EventListInput,
  EventSummary,
  Found,
  HistoryEntry,
  ListInput,
  ShownDescription,
  Stats,
  StatsInput,
  Status,
  StuckSentence,
  Summary,
} from '@registration/shared/operator'

/** The registrations of a server that the console is tried on. */
export interface OperatorBooks {
  add(registration: Partial<Details> & { email: string; status: Status }): Details
  list(input: ListInput): { items: Summary[]; nextCursor: string | null }
  /** Undefined where there is none. */
  find(id: string): Details | undefined
  stats(range: StatsInput): Stats
  addEvent(event: Partial<EventSummary> & { registrationId: string }): EventSummary
  listEvents(input: EventListInput): { items: EventSummary[]; nextCursor: string | null }
  endpoints(): EndpointState[]
  /** Those that are dead, or the one event, and no more than two at once, so that there is more to come. */
  redrive(wanted: DeadEvents | { id: string; endpoint: string }): EventSummary[]
  /** Notes what an operator did, newest first. */
  note(registration: Details, entry: HistoryEntry): void
  resolve(registration: Details, found: Found): void
  stuckSentences(): StuckSentence[]
  /** Stuck registrations with the sentence; at most two, so that there is a next batch. */
  stuckWith(sentence: string): Details[]
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
  let events: EventSummary[] = []
  const counted = (rows: readonly Details[]) =>
    Object.fromEntries(
      STATUSES.map((status) => [status, rows.filter((row) => row.status === status).length]),
    ) as Record<Status, number>

  return {
    add(given) {
      const createdAt = given.createdAt ?? new Date().toISOString()
      const registration: Details = {
        ...{ id: randomUUID(), tag: null, clickId: null, code: null, stuckReason: null, attempts: 1, createdAt },
        ...({ name: 'Ann Example', siteUrl: null } as ShownDescription),
        ...{ visitorId: 'v-1', clientIp: '192.0.2.7', source: 'orchestrated' },
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
    addEvent(given) {
      const event: EventSummary = {
        ...{ id: randomUUID(), endpoint: 'crm', type: 'registration.succeeded', code: null, state: 'delivered' },
        ...{ attempts: 1, occurredAt: new Date().toISOString(), nextAttemptAt: null, finishedAt: null },
        ...{ lastStatus: 204, lastError: null, failures: [] },
        ...given,
      }
      events = [event, ...events]
      return event
    },
    listEvents: ({ state, type, endpoint, registrationId }) => ({
      items: events.filter(
        (event) =>
          (state === undefined || state.includes(event.state)) &&
          (type === undefined || type.includes(event.type)) &&
          (endpoint === undefined || event.endpoint === endpoint) &&
          (registrationId === undefined || event.registrationId === registrationId),
      ),
      nextCursor: null,
    }),
    endpoints: () =>
      [...Map.groupBy(events, ({ endpoint }) => endpoint)].map(([endpoint, own]) => ({
        endpoint,
        isListed: true,
        waiting: own.filter(({ state }) => state === 'waiting').length,
        dead: own.filter(({ state }) => state === 'dead').length,
        oldestSeconds: 7_300,
      })),
    redrive(wanted) {
      const chosen = events
        .filter((event) =>
          'id' in wanted
            ? event.id === wanted.id && event.endpoint === wanted.endpoint
            : event.state === 'dead' && (wanted.endpoint === undefined || event.endpoint === wanted.endpoint),
        )
        .slice(0, 2)
      for (const event of chosen) Object.assign(event, { state: 'waiting', nextAttemptAt: new Date().toISOString() })
      return chosen
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
    stuckSentences: () =>
      [
        ...Map.groupBy(registrations, ({ status, partnerMessage }) => (status === 'stuck' ? partnerMessage : null)),
      ].flatMap(([sentence, { length: count }]) =>
        sentence === null ? [] : [{ sentence, count, oldestAt: '2026-03-01T10:00:00.000Z', alreadyWords: sentence }],
      ),
    stuckWith: (sentence) =>
      registrations
        .filter(({ status, partnerMessage }) => status === 'stuck' && partnerMessage === sentence)
        .slice(0, 2),
    clear() {
      registrations = []
      events = []
    },
  }
}
