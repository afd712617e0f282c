import type { Stage } from './start-stage.ts'
import { visit } from './visit.ts'

/** Of so many visitors whose page went on to the deposit link at once: how many users are saved. */
export interface SavedFigures {
  roundTripMs: number
  /** The round trip to the deposit page, which the visitors leave for. */
  leavesOver: number
  visitors: number
  saved: { old: number; new: number }
}

/** Concurrent visitors. Nothing is timed here, and waiting for the slow line needs no processor. */
const AT_A_TIME = 5

export async function countSaved(
  stage: Stage,
  { roundTripMs, leavesOver, visitors }: { roundTripMs: number; leavesOver: number; visitors: number },
): Promise<SavedFigures> {
  const name = `saved.${roundTripMs}.${leavesOver}`
  const waiting = Array.from({ length: visitors }, (_, n) => [
    ['old', `${name}.old.${n}@example.com`] as const,
    ['new', `${name}.new.${n}@example.com`] as const,
  ]).flat()
  const visitOneByOne = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [kind, email] = next
      await visit(stage, kind, { email, roundTripMs, leavesOver })
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, visitOneByOne))

  const { rows } = await stage.system.database.query(
    "select count(*)::int as saved from registrations where email like $1 and status = 'succeeded'",
    [`${name}.new.%`],
  )
  const old = [...stage.oldServices.saved].filter((email) => email.startsWith(`${name}.old.`))
  return { roundTripMs, leavesOver, visitors, saved: { old: old.length, new: rows[0].saved } }
}
