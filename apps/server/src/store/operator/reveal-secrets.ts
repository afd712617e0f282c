import type { Secrets } from '@registration/shared/operator'
import type { Kysely, QueryCreator } from 'kysely'
import { type Act, OperatorError } from '../../operators/operator-store.ts'
import type { Database } from '../database.ts'
import { openAccount, type SecretBox } from '../secret-box.ts'
import { recordAct } from './note-act.ts'

/** Nothing is read but by the statement that writes down who read it. @throws OperatorError when there is none */
export async function revealSecrets(db: Kysely<Database>, box: SecretBox, act: Act): Promise<Secrets> {
  const row = await db
    .with('moved', (part) =>
      part
        .selectFrom('registrations')
        .select(['id', 'status', 'partner_answer', 'partner_secrets', 'deposit_url'])
        .where('id', '=', act.id),
    )
    .with('noted', (part) => recordAct(part as QueryCreator<Database>, 'reveal', act))
    .selectFrom('moved')
    .select(['partner_answer', 'partner_secrets', 'deposit_url'])
    .executeTakeFirst()
  if (!row) throw new OperatorError('not-found', `There is no registration ${act.id}.`)
  const { partner_answer, partner_secrets, deposit_url } = row
  const { password, autologin } = opened()
  function opened() {
    if (!partner_answer) return {}
    try {
      return openAccount(box, act.id, { partner_answer, partner_secrets })
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new OperatorError('conflict', `The secrets of this registration can't be opened: ${why}`)
    }
  }
  return {
    password: password === undefined ? null : String(password),
    autologin: autologin || null,
    depositUrl: deposit_url,
  }
}
