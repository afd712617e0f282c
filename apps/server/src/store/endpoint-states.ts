import type { EndpointState, EventState } from '@registration/shared/operator'
import { type Kysely, sql } from 'kysely'
import { EVENT_TYPES } from '../events/event-outbox.ts'
import type { Database } from './database.ts'
import { MOST_COUNTED } from './unfinished-rows.ts'

/** How apps are doing, at a bounded cost: so many rows of an index are counted, and the oldest of each type looked up. */
export async function endpointStates(
  db: Kysely<Database>,
  endpoints: readonly string[],
): Promise<Omit<EndpointState, 'isListed'>[]> {
  const ofEndpoint = (state: EventState) =>
    db
      .selectFrom('registration_events as event')
      .where('event.state', '=', state)
      .where(sql<boolean>`event.endpoint = wanted.endpoint`)
  const count = (state: EventState) =>
    db
      .selectFrom(ofEndpoint(state).select(sql`1`.as('one')).limit(MOST_COUNTED).as('some'))
      .select(sql<number>`count(*)::int`.as('count'))
  const oldest = db
    .selectFrom(sql<{ type: string }>`unnest(${EVENT_TYPES}::text[])`.as<'of'>(sql`of(type)`))
    .innerJoinLateral(
      ofEndpoint('waiting')
        .where(sql<boolean>`event.type = of.type`)
        // Ids are ordered by time.
        .orderBy('event.id')
        .limit(1)
        .select('event.occurred_at')
        .as('first'),
      (join) => join.onTrue(),
    )
    .select(sql<number>`coalesce(extract(epoch from clock_timestamp() - min(first.occurred_at)), 0)::float8`.as('age'))
  return db
    .selectFrom(sql<{ endpoint: string }>`unnest(${endpoints}::text[])`.as<'wanted'>(sql`wanted(endpoint)`))
    .select(['wanted.endpoint'])
    .select([
      count('waiting').$asScalar().$notNull().as('waiting'),
      count('dead').$asScalar().$notNull().as('dead'),
      oldest.$asScalar().$notNull().as('oldestSeconds'),
    ])
    .execute()
}
