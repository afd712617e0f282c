import pg from 'pg'

/**
 * Inserts an event for each existing registration, in one statement: nearly all are delivered to `crm`, some are late links,
 * some are dead or waiting. The oldest ones are for `old`, an endpoint that is no longer listed.
 */
export async function fillEvents(databaseUrl: string): Promise<void> {
  // Not with the server's pool, whose statement time-out is too short.
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(
    `insert into registration_events (id, endpoint, registration_id, type, occurred_at, state, attempts, next_attempt_at, finished_at)
     select id, endpoint, id, type, created_at, state, 1, case when state = 'waiting' then now() + interval '1 hour' end,
       case when state <> 'waiting' then created_at end
     from (
       select id, created_at, case when n < 20 then 'old' else 'crm' end as endpoint,
         case when n % 40000 = 7 then 'registration.link_recovered' when status = 'rejected' then 'registration.rejected'
           else 'registration.succeeded' end as type,
         case when n < 100 or n % 300 = 1 then 'dead' when n % 300 = 2 then 'waiting' else 'delivered' end as state
       from (select id, created_at, status, row_number() over (order by id) as n from registrations) as numbered
     ) as events`,
  )
  await client.query('vacuum analyze registration_events')
  await client.end()
}
