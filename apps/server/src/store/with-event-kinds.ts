import { type Kysely, sql } from 'kysely'
import type { Database } from './database.ts'

const KIND = ['state', 'endpoint', 'type'] as const

/**
 * A query with the table `kinds`: each state, app and type that there are events of, by one look at the index for each:
 * a dozen for an app at most, however many events there are.
 */
export function withEventKinds(db: Kysely<Database>) {
  const first = db
    .selectFrom('registration_events')
    .select(KIND)
    .orderBy('state')
    .orderBy('endpoint')
    .orderBy('type')
    .limit(1)
  return db.withRecursive('kinds', (cte) =>
    cte
      .selectFrom(first.as('first'))
      .select(KIND)
      .unionAll(
        cte
          .selectFrom('kinds')
          .innerJoinLateral(
            first.where(sql<boolean>`(state, endpoint, type) > (kinds.state, kinds.endpoint, kinds.type)`).as('next'),
            (join) => join.onTrue(),
          )
          .select(['next.state', 'next.endpoint', 'next.type']),
      ),
  )
}
