import { createHash } from 'node:crypto'
import { sameEmailKey } from './ledger.ts'
import { isMisbehaviourName, type MisbehaviourName, type MisbehaviourSettings } from './misbehaviours.ts'

/** How long and how often a misbehaviour lasts. */
export interface MisbehaviourOptions extends MisbehaviourSettings {
  /** For that many calls, then well-behaved; without it, for every call. */
  times?: number | undefined
  /**
   * The share of calls, 0 to 1. Drawn from the seed, the e-mail and how many calls that e-mail has made: the same calls
   * misbehave in every run, in whatever order the e-mails arrive.
   */
  share?: number | undefined
}

/** A misbehaviour that is due for a call. */
export interface DueMisbehaviour {
  name: MisbehaviourName
  settings: MisbehaviourSettings
}

/** Who misbehaves when. */
export interface MisbehaviourPlan {
  /** Several for one e-mail follow each other: the first that has times left is due. `'*'` is any e-mail. */
  add(email: string, name: MisbehaviourName, options?: MisbehaviourOptions): void
  /** Takes what is due for a call: the e-mail's own entries, then its tags, then those for any e-mail. */
  take(email: string): DueMisbehaviour | null
  clear(): void
}

interface Entry {
  name: MisbehaviourName
  options: MisbehaviourOptions
  timesLeft: number
}

export function createMisbehaviourPlan(seed: string): MisbehaviourPlan {
  const entries = new Map<string, Entry[]>()
  const callCounts = new Map<string, number>()

  return {
    add(email, name, options = {}) {
      const key = sameEmailKey(email)
      entries.set(key, [...(entries.get(key) ?? []), entry(name, options)])
    },
    take(email) {
      const key = sameEmailKey(email)
      const callCount = (callCounts.get(key) ?? 0) + 1
      callCounts.set(key, callCount)
      const tagKey = `tags of ${key}`
      if (callCount === 1) entries.set(tagKey, tagsOf(key))

      const candidates = [key, tagKey, '*'].flatMap((owner) => entries.get(owner) ?? [])
      const due = candidates.find(
        ({ options, timesLeft }, index) =>
          timesLeft > 0 &&
          (options.share === undefined || drawn(`${seed} ${key} ${callCount} ${index}`) < options.share),
      )
      if (!due) return null
      due.timesLeft -= 1
      return { name: due.name, settings: due.options }
    },
    clear() {
      entries.clear()
      callCounts.clear()
    },
  }
}

function entry(name: MisbehaviourName, options: MisbehaviourOptions): Entry {
  return { name, options, timesLeft: options.times ?? Number.POSITIVE_INFINITY }
}

const TAG = /^(?<name>[a-z0-9-]+?)(?:\.(?<times>\d+))?(?:\.(?<delayMs>\d+)ms)?$/

/** `ann+slow.1.500ms+rejected@example.com`: the first call takes 500 ms longer, every later one is refused. */
function tagsOf(email: string): Entry[] {
  const [, ...tags] = email.slice(0, email.lastIndexOf('@')).split('+')
  return tags.flatMap((tag) => {
    const { name, times, delayMs } = TAG.exec(tag)?.groups ?? {}
    if (!isMisbehaviourName(name)) return []
    return entry(name, { times: times ? Number(times) : undefined, delayMs: delayMs ? Number(delayMs) : undefined })
  })
}

/** A number from 0 to 1, evenly spread and the same for the same text. */
function drawn(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32
}
