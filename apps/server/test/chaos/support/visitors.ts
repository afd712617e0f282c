import { setTimeout as pause } from 'node:timers/promises'
import { type Draw, seededDraw } from './seeded-draw.ts'
import { type Page, type Target, type Visit, visit } from './visit.ts'

export interface Load {
  /** Each request goes to a random one. */
  targets: readonly Target[]
  seed: number
  /** Concurrent visitors. */
  atOnce: number
  /** The pause between one visitor and the next; 0 by default, for the highest load. */
  pauseMs?: number
  /** Whether to start another visitor. @param begun how many have started */
  shouldContinue(begun: number): boolean
  /** How long a visitor repeats the request. */
  patienceMs: number
  /** A prefix of the visitors' names, to keep the loads of one test apart. */
  name?: string
  /** One page per visitor: no double clicks, no second tabs, no rejections. */
  onePageEach?: boolean
}

/** The share of visitors whose page sends its request twice at once, as after a double click. */
const DOUBLE_CLICK_SHARE = 0.1
/** The share with a second tab, which registers the same e-mail under another key at the same time. */
const SECOND_TAB_SHARE = 0.05
/** The share that the partner always rejects. */
const REJECTED_SHARE = 0.05
/** The share that leaves after the first request. Recovery alone finishes what they started. */
const LEAVING_SHARE = 0.1

/** Sends visitors while `shouldContinue` allows, and resolves when all are done. The seed decides who does what. */
export async function sendVisitors(load: Load): Promise<Visit[]> {
  const draw = seededDraw(load.seed)
  const visits: Visit[] = []
  let begun = 0
  const runVisitors = async () => {
    while (load.shouldContinue(begun)) {
      begun += 1
      visits.push(...(await Promise.all(pagesOf(`${load.name ?? 'visitor'}-${begun}`, load, draw))))
      if (load.pauseMs) await pause(load.pauseMs)
    }
  }
  await Promise.all(Array.from({ length: load.atOnce }, runVisitors))
  return visits
}

function pagesOf(visitor: string, load: Load, draw: Draw): Promise<Visit>[] {
  const kind = load.onePageEach ? 1 : draw(`kind of ${visitor}`)
  const tag = !load.onePageEach && draw(`refusal of ${visitor}`) < REJECTED_SHARE ? '+rejected' : ''
  const email = `${visitor}.${load.seed}${tag}@chaos.example`
  const key = `idempotency key of ${visitor}`
  const page = (name: string, pageKey: string) => visit(pageOf({ name, email, key: pageKey }, load, draw))
  if (kind < DOUBLE_CLICK_SHARE) return [page(`${visitor} a`, key), page(`${visitor} b`, key)]
  if (kind < DOUBLE_CLICK_SHARE + SECOND_TAB_SHARE)
    return [page(`${visitor} a`, key), page(`${visitor} b`, `${key}, other tab`)]
  return [page(visitor, key)]
}

function pageOf(visitor: Pick<Page, 'name' | 'email' | 'key'>, load: Load, draw: Draw): Page {
  const { targets, patienceMs } = load
  return {
    ...visitor,
    transport: draw(`transport of ${visitor.name}`) < 0.5 ? 'rest' : 'trpc',
    target: (attempt) => targets[Math.floor(draw(`target ${attempt} of ${visitor.name}`) * targets.length)],
    patienceMs: draw(`patience of ${visitor.name}`) < LEAVING_SHARE ? 0 : patienceMs,
  }
}
