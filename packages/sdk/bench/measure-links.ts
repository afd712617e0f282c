import { median } from './median.ts'
import type { Stage } from './start-stage.ts'
import { type PageKind, visit } from './visit.ts'

/** From the click to the link, in milliseconds: the median of the rounds for each page. */
export interface LinkFigures {
  roundTripMs: number
  /** How long the partner takes over one registration, besides the way. */
  partnerMs: number
  linkMs: Record<PageKind, number>
}

/** One visitor after the other, on an otherwise idle machine; the pages take turns, so that its moods hit all alike. */
export async function measureLinks(
  stage: Stage,
  { roundTripMs, partnerMs, rounds }: { roundTripMs: number; partnerMs: number; rounds: number },
): Promise<LinkFigures> {
  const taken: Record<PageKind, number[]> = { old: [], 'new, cold': [], new: [] }
  const kinds = Object.keys(taken) as PageKind[]
  for (let round = 0; round < rounds; round++) {
    // Each one is the first as often as any other.
    const order = kinds.map((_, n) => kinds[(n + round) % kinds.length] as PageKind)
    for (const kind of order) {
      const email = `link.${round}.${kind.replace(', ', '.')}.${roundTripMs}.${partnerMs}@example.com`
      if (partnerMs > 0) stage.system.partner.misbehave(email, 'slow', { delayMs: partnerMs })
      const { linkMs } = await visit(stage, kind, { email, roundTripMs })
      taken[kind].push(linkMs)
    }
  }
  const linkMs = Object.fromEntries(kinds.map((kind) => [kind, median(taken[kind])])) as Record<PageKind, number>
  return { roundTripMs, partnerMs, linkMs }
}
