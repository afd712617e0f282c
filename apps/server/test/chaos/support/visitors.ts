import { setTimeout as pause } from 'node:timers/promises'
import { type Draw, seededDraw } from './seeded-draw.ts'
import { type Page, type Target, type Visit, visit } from './visit.ts'

export interface Load {
  /** Each request goes to one of them. */
  targets: readonly Target[]
  seed: number
  /** Visitors at once. */
  atOnce: number
  /** Between a visitor and who comes after them; none by default, which is as many as the machine bears. */
  pauseMs?: number
  /** Whether one more comes, seeing how many have begun. */
  shouldContinue(begun: number): boolean
  /** How long a visitor repeats the request. */
  patienceMs: number
  /** Tells apart the loads of one test. */
  name?: string
  /** One page a visitor: no twins, no rivals, nobody whom the partner refuses. */
  onePageEach?: boolean
}

/** The share of visitors whose page sends its request twice at once, as a double click does. */
const DOUBLE_CLICK_SHARE = 0.1
/** Those with another tab, which registers the same e-mail under a key of its own at the same moment. */
const SECOND_TAB_SHARE = 0.05
/** Those whom the partner refuses, each time. */
const REJECTED_SHARE = 0.05
/** Those who leave after their first request, whatever became of it. Nobody but recovery finishes what they began. */
const LEAVING_SHARE = 0.1

/** Sends visitors until no more come, and resolves when the last one is done. Who does what follows from the seed. */
export async function sendVisitors(load: Load): Promise<Visit[]> {
  const draw = seededDraw(load.seed)
  const visits: Visit[] = []
  let begun = 0
  const come = async () => {
    while (load.shouldContinue(begun)) {
      begun += 1
      visits.push(...(await Promise.all(pagesOf(`${load.name ?? 'visitor'}-${begun}`, load, draw))))
      if (load.pauseMs) await pause(load.pauseMs)
    }
  }
  await Promise.all(Array.from({ length: load.atOnce }, come))
  return visits
}

function pagesOf(visitor: string, load: Load, draw: Draw): Promise<Visit>[] {
  const kind = load.onePageEach ? 1 : draw(`kind of ${visitor}`)
  const tag = !load.onePageEach && draw(`refusal of ${visitor}`) < REJECTED_SHARE ? '+rejected' : ''
  const email = `${visitor}.${load.seed}${tag}@chaos.example`
  const key = `key of ${visitor}`
  const page = (name: string, itsKey: string) => visit(pageOf({ name, email, key: itsKey }, load, draw))
  if (kind < DOUBLE_CLICK_SHARE) return [page(`${visitor} a`, key), page(`${visitor} b`, key)]
  if (kind < DOUBLE_CLICK_SHARE + SECOND_TAB_SHARE)
    return [page(`${visitor} a`, key), page(`${visitor} b`, `${key}, other tab`)]
  return [page(visitor, key)]
}

function pageOf(visitor: Pick<Page, 'name' | 'email' | 'key'>, load: Load, draw: Draw): Page {
  const { targets, patienceMs } = load
  return {
    ...visitor,
    transport: draw(`door of ${visitor.name}`) < 0.5 ? 'rest' : 'trpc',
    target: (attempt) => targets[Math.floor(draw(`target ${attempt} of ${visitor.name}`) * targets.length)],
    patienceMs: draw(`patience of ${visitor.name}`) < LEAVING_SHARE ? 0 : patienceMs,
  }
}
