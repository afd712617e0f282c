import type { ResolvedSentence, ResolveSentenceInput, StuckSentence } from '@registration/shared/operator'
import { type Kysely, sql } from 'kysely'
import type { Act } from '../../operators/operator-store.ts'
import type { Database } from '../database.ts'
import { resolveStuck } from './resolve-registration.ts'

/** At most this many stuck registrations are counted, the oldest ones. */
const COUNTED = 10_000
/** The most frequent sentences. */
const SHOWN = 50
/** The rows are locked until the commit: some milliseconds. */
const BATCH = 200

/** Lists the partner's sentences of stuck registrations with their number, the most frequent first. */
export async function stuckSentences(db: Kysely<Database>): Promise<StuckSentence[]> {
  const counted = await db
    .selectFrom((from) =>
      from
        .selectFrom('registrations')
        .select(['partner_message', 'created_at'])
        .where('status', '=', 'stuck')
        .orderBy('id')
        .limit(COUNTED)
        .as('counted'),
    )
    .select(['partner_message', sql<number>`count(*)::int`.as('count'), sql<Date>`min(created_at)`.as('oldest')])
    .where('partner_message', 'is not', null)
    .groupBy('partner_message')
    .orderBy('count', 'desc')
    .orderBy('partner_message')
    .limit(SHOWN)
    .execute()
  return counted.map(({ partner_message, count, oldest }) => {
    const sentence = partner_message ?? ''
    return { sentence, count, oldestAt: oldest.toISOString(), alreadyWords: alreadyWordsOf(sentence) }
  })
}

/** The shortest value that `PARTNER_ALREADY_WORDS` accepts. */
const SHORTEST_PHRASE = 3

/** The part of a sentence to add to `PARTNER_ALREADY_WORDS`, whose values are separated by commas; null if there is none. */
function alreadyWordsOf(sentence: string): string | null {
  const parts = sentence.split(',').map((part) => part.replace(/\s+/g, ' ').trim())
  const longest = parts.reduce((best, part) => (part.length > best.length ? part : best), '')
  return longest.length < SHORTEST_PHRASE ? null : longest
}

/** Resolves a batch of the registrations that are stuck with a sentence, oldest first. */
export async function resolveSentence(
  db: Kysely<Database>,
  endpoints: readonly string[],
  { sentence, outcome, cursor }: Omit<ResolveSentenceInput, 'reason'>,
  act: Omit<Act, 'id'>,
): Promise<ResolvedSentence> {
  let page = db
    .selectFrom('registrations')
    .select('id')
    .where('status', '=', 'stuck')
    .where('partner_message', '=', sentence)
    .orderBy('id')
    .limit(BATCH + 1)
  if (cursor !== undefined) page = page.where('id', '>', cursor)
  const found = await page.execute()
  const ids = found.slice(0, BATCH).map(({ id }) => id)
  const resolved = await resolveStuck(db, endpoints, act, { ids, sentence, found: { outcome } })
  return { resolved, nextCursor: found.length > BATCH ? (ids.at(-1) ?? null) : null }
}
