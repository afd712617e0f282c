import pg from 'pg'

const DAY_MS = 86_400_000

export interface FillOptions {
  rows: number
  /** The last `days` days. */
  days: number
}

/**
 * Inserts registrations like those of months of traffic, in one statement: evenly over the days, most of them succeeded, some
 * rejected, few unfinished. Each has a call with its own duration, one of 20 tags and a click id.
 */
export async function fillRegistrations(databaseUrl: string, { rows, days }: FillOptions): Promise<void> {
  // Not with the server's pool, whose statement time-out is too short.
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(
    `with filled as (insert into registrations (id, status, email, email_folded, idempotency_key_hash, visitor_id, traffic_params, source,
       attempts, asking, next_attempt_at, rejection_code, stuck_reason, deposit_url, created_at, updated_at)
     select (lpad(to_hex(ms >> 16), 8, '0') || '-' || lpad(to_hex(ms & 65535), 4, '0') || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       status, 'visitor-' || n || '@example.com', 'visitor-' || n || '@example.com', decode(md5(n::text), 'hex'), 'visitor-' || n,
       jsonb_build_object('tag', 'tag-' || n % 20, 'click_id', 'click-' || n), 'orchestrated', 1, false,
       case when status in ('pending', 'uncertain') then now() + interval '1 day' end,
       case when status = 'rejected' then case when n % 3 = 0 then 'MULTIPLE_ACCOUNTS' else 'ALREADY_REGISTERED' end end,
       case when status = 'stuck' then 'PROBED_IN_VAIN' end,
       case when status = 'succeeded' then 'https://partner.example/deposit?' || md5(n::text) end,
       to_timestamp(ms / 1000.0), to_timestamp(ms / 1000.0)
     from (
       select n, $2::bigint + n * $3::bigint / $1 as ms,
         case when n % 5 = 4 then 'rejected' when n % 30000 = 1 then 'stuck' when n % 30000 = 2 then 'uncertain'
           when n % 30000 = 3 then 'succeeded_without_link' when n % 30000 = 6 then 'released' else 'succeeded' end as status
       from generate_series(0::bigint, $1::bigint - 1) as n
     ) as visitors
     returning id, status, created_at)
     insert into registration_calls (registration_id, attempt, ended_at, outcome, duration_ms, status)
     select id, 1, created_at, 'accepted', ('x' || right(id::text, 12))::bit(48)::bigint % 1000, status from filled`,
    [rows, Date.now() - days * DAY_MS, days * DAY_MS],
  )
  await client.query('vacuum analyze registrations, registration_calls')
  await client.end()
}
