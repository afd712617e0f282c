import { type Kysely, sql } from 'kysely'
import type { Delivery, EventOutbox } from '../registration/event-outbox.ts'
import type { RegistrationStatus } from '../registration/registration.ts'
import type { EventType, RegistrationEvent } from '../registration/registration-event.ts'
import type { Database } from './database.ts'

const STATUS: Record<EventType, RegistrationStatus> = {
  'registration.succeeded': 'succeeded',
  'registration.rejected': 'rejected',
  'registration.stuck': 'stuck',
  'registration.link_recovered': 'succeeded',
}

/** What a claim reads: the event, and of its registration what never changes but by erasure. */
interface ClaimedRow {
  id: string
  type: EventType
  code: string | null
  occurred_at: Date
  attempts: number
  registration_id: string
  email: string
  visitor_id: string
  source: string
  site_url: string | null
  traffic_params: RegistrationEvent['data']['trafficParams']
  deposit_url: string | null
}

/** @param db in the schema that holds the tables */
export function createEventOutbox(db: Kysely<Database>, endpoints: readonly string[]): EventOutbox {
  return {
    async claim(endpoint, limit, leaseMs) {
      const rows: ClaimedRow[] = await db
        .with('due', (cte) =>
          cte
            .selectFrom('registration_events')
            .select(['id', 'endpoint'])
            .where('endpoint', '=', endpoint)
            .where('state', '=', sql.lit('waiting'))
            .where('next_attempt_at', '<=', sql<Date>`clock_timestamp()`)
            .orderBy('next_attempt_at')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .updateTable('registration_events as event')
        .from('due')
        .innerJoin('registrations as about', (join) => join.onTrue())
        .set({
          attempts: sql`event.attempts + 1`,
          next_attempt_at: sql`clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'`,
        })
        .whereRef('event.id', '=', 'due.id')
        .whereRef('event.endpoint', '=', 'due.endpoint')
        .whereRef('about.id', '=', 'event.registration_id')
        .where('about.erased_at', 'is', null)
        .returning(['event.id', 'event.type', 'event.code', 'event.occurred_at', 'event.attempts'])
        .returning(['event.registration_id', 'about.email', 'about.visitor_id', 'about.source', 'about.site_url'])
        .returning(['about.traffic_params', 'about.deposit_url'])
        .execute()
      return rows.map((row): Delivery => ({ event: eventOf(row), endpoint, attempt: row.attempts }))
    },
    async finish(ends) {
      const rows = ends.map(({ delivery, end }) => ({
        id: delivery.event.id,
        endpoint: delivery.endpoint,
        attempt: delivery.attempt,
        state: end.to,
        pause_ms: end.to === 'waiting' ? end.pauseMs : null,
        status: end.status,
        error: end.error,
      }))
      await db
        .updateTable('registration_events as event')
        .from(
          sql<{ id: string }>`json_to_recordset(${JSON.stringify(rows)}::json)`.as<'ended'>(
            sql`ended(id uuid, endpoint text, attempt int, state text, pause_ms float8, status int, error text)`,
          ),
        )
        .set({
          state: sql`ended.state`,
          next_attempt_at: sql`clock_timestamp() + ended.pause_ms * interval '1 millisecond'`,
          last_status: sql`ended.status`,
          last_error: sql`ended.error`,
          finished_at: sql`case when ended.state <> 'waiting' then clock_timestamp() end`,
        })
        .where(sql<boolean>`event.id = ended.id and event.endpoint = ended.endpoint and event.state <> 'delivered'
          and (ended.state = 'delivered' or event.attempts = ended.attempt)`)
        .execute()
    },
    async deleteFinished(deliveredForMs, deadForMs, limit) {
      const before = (ms: number) => sql<Date>`now() - ${ms}::float8 * interval '1 millisecond'`
      const { numDeletedRows } = await db
        .deleteFrom('registration_events')
        .where(({ eb, refTuple, selectFrom }) =>
          eb(
            refTuple('id', 'endpoint'),
            'in',
            selectFrom('registration_events')
              .select(['id', 'endpoint'])
              .where(({ or, and }) =>
                or([
                  and([eb('state', '=', 'delivered'), eb('finished_at', '<', before(deliveredForMs))]),
                  and([eb('state', '=', 'dead'), eb('finished_at', '<', before(deadForMs))]),
                ]),
              )
              // Ids are ordered by time: the oldest are met first.
              .orderBy('id')
              .limit(limit)
              .forUpdate()
              .skipLocked()
              .$asTuple('id', 'endpoint'),
          ),
        )
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
    async state() {
      const found = await db
        .selectFrom('registration_events')
        .where(sql<boolean>`state in ('waiting', 'dead')`)
        .where('endpoint', 'in', endpoints)
        .select('endpoint')
        .select([
          sql<number>`(count(*) filter (where state = 'waiting'))::int`.as('waiting'),
          sql<number>`(count(*) filter (where state = 'dead'))::int`.as('dead'),
          sql<number>`coalesce(extract(epoch from clock_timestamp() - min(occurred_at) filter (where state = 'waiting')), 0)::float8`.as(
            'oldestSeconds',
          ),
        ])
        .groupBy('endpoint')
        .execute()
      return endpoints.map(
        (endpoint) =>
          found.find((state) => state.endpoint === endpoint) ?? { endpoint, waiting: 0, dead: 0, oldestSeconds: 0 },
      )
    },
  }
}

/** The columns are the same whenever it is sent, so its bytes are, too. */
function eventOf(row: ClaimedRow): RegistrationEvent {
  const isWithoutLink = row.code === 'LINK_UNAVAILABLE'
  const status = isWithoutLink ? 'succeeded_without_link' : STATUS[row.type]
  const hasLink = status === 'succeeded'
  return {
    id: row.id,
    type: row.type,
    timestamp: row.occurred_at.toISOString(),
    data: {
      registrationId: row.registration_id,
      status,
      code: row.code,
      email: row.email,
      visitorId: row.visitor_id,
      source: row.source,
      siteUrl: row.site_url,
      trafficParams: row.traffic_params,
      hasLink,
      depositUrl: hasLink ? row.deposit_url : null,
    },
  }
}
