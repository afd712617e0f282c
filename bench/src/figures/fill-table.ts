import type { Client } from 'pg'

/** One statement of so many rows takes seconds, and leaves the checkpoints their time. */
const ROWS_A_STATEMENT = 250_000

/** Of what is written; one in so many is deleted again. */
const DELETED = 10

/**
 * Fills the table with registrations as months of operation leave them: most succeeded, some were refused, few have
 * no outcome; ids ordered by time, everything else in no order; and room all over the table, which vacuum has made and
 * new rows take.
 */
export async function fillTable(client: Client, rows: number): Promise<void> {
  const written = Math.ceil((rows * DELETED) / (DELETED - 1))
  // Built at the end, from sorted rows: to keep them up to date meanwhile would take several times as long.
  const { rows: indexes } = await client.query<{ indexname: string; indexdef: string }>(
    `select indexname, indexdef from pg_indexes
     where schemaname = 'public' and tablename = 'registrations' and indexname not like '%_pkey'`,
  )
  for (const { indexname } of indexes) await client.query(`drop index ${indexname}`)
  for (let done = 0; done < written; done += ROWS_A_STATEMENT) {
    await client.query(INSERT, [done + 1, Math.min(done + ROWS_A_STATEMENT, written), written])
  }
  await client.query(DELETE_SOME)
  await client.query(`set maintenance_work_mem = '256MB'`)
  for (const { indexdef } of indexes) await client.query(indexdef)
  await client.query('vacuum analyze registrations, registration_calls')
  await client.query('checkpoint')
}

/** As retention leaves it, so that vacuum has made room. */
const DELETE_SOME = `
  with gone as (delete from registrations where visitor_id like '%3' returning id)
  delete from registration_calls using gone where registration_id = gone.id`

const INSERT = `
  with filled as (insert into registrations (
    id, status, email, email_folded, idempotency_key_hash, name, visitor_id, traffic_params, site_url, source,
    client_ip, browser_data, attempts, asking, stuck_reason, partner_domain, partner_login, partner_answer,
    partner_secrets, deposit_url, rejection_code, partner_message, created_at, updated_at, settled_at, next_attempt_at
  )
  select
    uuidv7(age), status, email, email, sha256(email::bytea), 'Visitor Number ' || n, 'visitor-' || n,
    jsonb_build_object('tag', 'campaign-' || n % 50, 'click_id', 'click-' || n),
    'https://landing.example/?tag=campaign-' || n % 50, 'orchestrated',
    ('10.' || n / 65536 % 256 || '.' || n / 256 % 256 || '.' || n % 256)::inet,
    '{"userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0",
      "language": "en-GB", "timeZone": "Europe/Berlin", "screen": {"width": 1920, "height": 1080}}'::jsonb,
    1, false,
    case when status = 'stuck' then 'PROBED_IN_VAIN' end,
    case when succeeded then 'partner.example' end,
    case when succeeded then (10000000 + n)::text end,
    case when succeeded then jsonb_build_object('success', true, 'domain', 'partner.example', 'login', 10000000 + n,
      'deposit', '/deposit?currency=EUR', 'main', '/', 'custom_login_link', '') end,
    case when succeeded then 'bench:' || repeat(md5(n::text), 5) end,
    case when succeeded then 'https://partner.example/deposit?currency=EUR' end,
    case when status = 'rejected' then case when n % 10 = 9 then 'MULTIPLE_ACCOUNTS' else 'ALREADY_REGISTERED' end end,
    case when status = 'rejected' then 'This e-mail is already registered.' end,
    now() + age, now() + age, case when status not in ('stuck', 'uncertain') then now() + age end,
    case when status = 'uncertain' then now() + interval '1 day' end
  from generate_series($1::int, $2::int) as n,
    lateral (select
      md5(n::text || random()::text) || '@visitor.example' as email,
      (n - $3::int) * interval '2 seconds' as age,
      case when n % 100 < 90 then 'succeeded' when n % 5000 = 4999 then 'stuck' when n % 5000 = 4998 then 'uncertain'
        when n % 5000 = 4997 then 'succeeded_without_link' when n % 5000 = 4996 then 'released' else 'rejected' end as status
    ) as made,
    lateral (select status = 'succeeded' as succeeded) as known
  returning id, status, created_at, visitor_id)
  insert into registration_calls (registration_id, attempt, ended_at, outcome, duration_ms, status)
  select id, 1, created_at,
    case status when 'succeeded' then 'accepted' when 'rejected' then 'rejected' else 'unknown' end,
    200 + split_part(visitor_id, '-', 2)::int % 800, status
  from filled`
