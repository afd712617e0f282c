import { setTimeout as pause } from 'node:timers/promises'
import { type Draw, seededDraw } from './seeded-draw.ts'
import { type AnswerCode, type Door, type Reply, sendRequest } from './send-request.ts'

/** Whatever can be connected to, or can't at the moment. */
export interface Target {
  readonly url: string | undefined
}

/** One visitor's page: it has a key and an e-mail, and repeats its request as the SDK does. */
export interface Visit {
  email: string
  key: string
  door: Door
  /** Every request with its end, in order. */
  replies: readonly Reply[]
  /** Where it was left: an outcome, or the last word before its patience was over. */
  last: Reply
}

export interface Load {
  /** Each request goes to one of them. */
  targets: readonly Target[]
  seed: number
  /** Visitors at once. */
  atOnce: number
  /** Whether one more comes, seeing how many have begun. */
  goOn(begun: number): boolean
  /** How long a visitor repeats the request. */
  patienceMs: number
  /** After it a request counts as lost, as in the SDK longer than the server's own deadline. */
  requestMs: number
  /** Tells apart the loads of one test. */
  name?: string
  /** One page a visitor: no twins, no rivals, nobody whom the partner refuses. */
  plain?: boolean
}

/** Of a hundred visitors, so many have a page that sends its request twice at once, as a double click does. */
const TWINS = 0.1
/** So many have another tab, which registers the same e-mail under a key of its own at the same moment. */
const RIVALS = 0.05
/** So many are refused by the partner, each time. */
const REFUSED = 0.05

/** Sends visitors until no more come, and resolves when the last one is done. Who does what follows from the seed. */
export async function sendVisitors(load: Load): Promise<Visit[]> {
  const draw = seededDraw(load.seed)
  const visits: Visit[] = []
  let begun = 0
  const come = async () => {
    while (load.goOn(begun)) {
      begun += 1
      visits.push(...(await Promise.all(pagesOf(`${load.name ?? 'visitor'}-${begun}`, load, draw))))
    }
  }
  await Promise.all(Array.from({ length: load.atOnce }, come))
  return visits
}

function pagesOf(visitor: string, load: Load, draw: Draw): Promise<Visit>[] {
  const kind = load.plain ? 1 : draw(`kind of ${visitor}`)
  const tag = !load.plain && draw(`refusal of ${visitor}`) < REFUSED ? '+rejected' : ''
  const email = `${visitor}.${load.seed}${tag}@chaos.example`
  const key = `key of ${visitor}`
  const page = (name: string, itsKey: string) => visit({ page: name, email, key: itsKey }, load, draw)
  if (kind < TWINS) return [page(`${visitor} a`, key), page(`${visitor} b`, key)]
  if (kind < TWINS + RIVALS) return [page(`${visitor} a`, key), page(`${visitor} b`, `${key}, other tab`)]
  return [page(visitor, key)]
}

interface Page {
  page: string
  email: string
  key: string
}

async function visit({ page, email, key }: Page, load: Load, draw: Draw): Promise<Visit> {
  const door: Door = draw(`door of ${page}`) < 0.5 ? 'rest' : 'trpc'
  const request = { email, name: page, visitorId: page.replaceAll(' ', '-'), idempotencyKey: key }
  const replies: Reply[] = []
  const patientUntil = performance.now() + load.patienceMs
  for (;;) {
    const share = draw(`target ${replies.length} of ${page}`)
    const target = load.targets[Math.floor(share * load.targets.length)]
    const last = await sendRequest(target?.url, door, request, AbortSignal.timeout(load.requestMs))
    replies.push(last)
    const pauseMs = pauseAfter(last, replies.length)
    if (!isRepeated(last) || performance.now() + pauseMs > patientUntil) return { email, key, door, replies, last }
    await pause(pauseMs)
  }
}

const REPEATED: ReadonlySet<AnswerCode> = new Set([
  'PENDING',
  'IN_PROGRESS',
  'RATE_LIMITED',
  'PARTNER_UNAVAILABLE',
  'OVERLOADED',
  'DATABASE_UNAVAILABLE',
  'NETWORK',
])

/** Whether the SDK would repeat the request with the same key. */
export function isRepeated({ code }: Reply): boolean {
  return REPEATED.has(code)
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 2_000

function pauseAfter({ answer }: Reply, attempt: number): number {
  const asked = answer && 'retryAfterMs' in answer ? answer.retryAfterMs : undefined
  return asked ?? Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1))
}
