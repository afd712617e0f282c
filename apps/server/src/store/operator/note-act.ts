import type { OperatorAction } from '@registration/shared/operator'
import { type Kysely, type QueryCreator, type RawBuilder, sql } from 'kysely'
import type { Act } from '../../operators/operator-store.ts'
import type { Database } from '../database.ts'

/**
 * Notes an operator's act on every row of `moved`, another part of the same statement, which has `id` and `status`: what the
 * registration is by the act. So the act and its record are committed together, or neither is.
 *
 * @param endpoints an SQL expression of type jsonb over `moved`: the apps that are told again
 */
export function recordAct(
  part: QueryCreator<Database>,
  action: OperatorAction,
  { by, reason }: Pick<Act, 'by' | 'reason'>,
  endpoints: RawBuilder<unknown> = sql`null::jsonb`,
) {
  return part
    .insertInto('registration_acts')
    .columns(['registration_id', 'action', 'operator', 'reason', 'status', 'endpoints'])
    .expression(sql`select id, ${action}::text, ${by}::text, ${reason}::text, status, ${endpoints} from moved` as never)
}

/** Puts on record that results of a registration were given up, which the registration itself may not know of. */
export async function recordDrop(db: Kysely<Database>, { id, by, reason }: Act): Promise<void> {
  await db
    .insertInto('registration_acts')
    .values({ registration_id: id, action: 'drop', operator: by, reason })
    .execute()
}
