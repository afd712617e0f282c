import type { EventState, EventType } from '@registration/shared/operator'
import { type Kysely, sql } from 'kysely'
import type { Delivery, EventOutbox, RegistrationEvent } from '../events/event-outbox.ts'
import type { RegistrationStatus } from '../registration/registration.ts'
import type { Database } from './database.ts'
import { endpointStates } from './endpoint-states.ts'
import { highestIdAt } from './id-bounds.ts'
import { withEventKinds } from './with-event-kinds.ts'

const STATUS: Record<EventType, RegistrationStatus> = {
  'registration.succeeded': 'succeeded',
  'registration.rejected': 'rejected',
  'registration.stuck': 'stuck',
  'registration.link_recovered': 'succeeded',
}

/** Those of some redrives; what comes after that tells nothing new. */
const MOST_FAILURES = 100

/** What a claim reads: the event, and of its registration what never changes but by erasure. */
interface ClaimedRow {
  id: string
  type: EventType
  code: string | null
  occurred_at: Date
  attempts: number
  attempts_before: number
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
        .returning('event.attempts_before')
        .returning(['event.registration_id', 'about.email', 'about.visitor_id', 'about.source', 'about.site_url'])
        .returning(['about.traffic_params', 'about.deposit_url'])
        .execute()
      return rows.map(
        (row): Delivery => ({
          event: eventOf(row),
          endpoint,
          attempt: row.attempts,
          attemptsBefore: row.attempts_before,
        }),
      )
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
          failures: sql`case when ended.state = 'delivered' or jsonb_array_length(event.failures) >= ${sql.lit(MOST_FAILURES)}
            then event.failures else event.failures || jsonb_build_array(jsonb_build_object('attempt', ended.attempt,
              'at', clock_timestamp(), 'status', ended.status, 'error', ended.error)) end`,
        })
        .where(sql<boolean>`event.id = ended.id and event.endpoint = ended.endpoint and event.state <> 'delivered'
          and (ended.state = 'delivered'
            or (event.attempts = ended.attempt and event.attempts > event.attempts_before))`)
        .execute()
    },
    async deleteFinished(deliveredForMs, deadForMs, limit) {
      const kept = (state: EventState, ms: number) =>
        sql`(${state}, now() - ${ms}::float8 * interval '1 millisecond', ${highestIdAt(new Date(Date.now() - ms))}::uuid)`
      const ages = sql<{ state: EventState }>`(values ${kept('delivered', deliveredForMs)}, ${kept('dead', deadForMs)})`
      const old = db
        .selectFrom('registration_events as event')
        .select(['event.id', 'event.endpoint'])
        .where(sql<boolean>`event.state = kinds.state and event.endpoint = kinds.endpoint and event.type = kinds.type`)
        // Of each kind the oldest are met first, and those that can't be old enough not at all.
        .where(sql<boolean>`event.id < kept.id and event.finished_at < kept.before`)
        .orderBy('event.id')
        .limit(limit)
        .forUpdate()
        .skipLocked()
      const { numDeletedRows } = await withEventKinds(db)
        .with('old', (cte) =>
          cte
            .selectFrom('kinds')
            .innerJoin(ages.as<'kept'>(sql`kept(state, before, id)`), 'kept.state', 'kinds.state')
            .innerJoinLateral(old.as('event'), (join) => join.onTrue())
            .select(['event.id', 'event.endpoint'])
            .limit(limit),
        )
        .deleteFrom('registration_events')
        .using('old')
        .whereRef('registration_events.id', '=', 'old.id')
        .whereRef('registration_events.endpoint', '=', 'old.endpoint')
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
    async state() {
      const states = await endpointStates(db, endpoints)
      return states.map((state) => ({ ...state, isListed: true }))
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
