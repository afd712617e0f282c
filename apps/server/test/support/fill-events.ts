import pg from 'pg'

/**
 * Events of the registrations that are there, by one statement: nearly all of them delivered to `crm`, some late links, some
 * dead or waiting, and of `old`, which is no longer listed, the oldest alone.
 */
export async function fillEvents(databaseUrl: string): Promise<void> {
  // Not by the product's pool, whose statements may not take as long.
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
     ) as told`,
  )
  await client.query('vacuum analyze registration_events')
  await client.end()
}
