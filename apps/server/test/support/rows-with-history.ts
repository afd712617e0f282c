/**
 * Every registration with its history, oldest first, in the column `history`: its calls as this version records them, and the
 * events that the previous version wrote into the row.
 */
export const ROWS_WITH_HISTORY = `
  select r.*, (
    select coalesce(jsonb_agg(event order by (event ->> 'at')::timestamptz, rank), '[]') from (
      select jsonb_array_elements(r.history) as event, 0 as rank
      union all
      select jsonb_build_object('at', claimed_at, 'did', 'claim', 'attempt', attempt, 'probe', probe), 1
        from registration_calls where registration_id = r.id and claimed_at is not null
      union all
      select jsonb_build_object('at', ended_at, 'did', 'end', 'attempt', attempt, 'outcome', outcome, 'status', status), 2
        from registration_calls where registration_id = r.id and ended_at is not null
    ) as events
  ) as history from registrations r`
