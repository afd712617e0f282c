import type { Fate, Life } from './life.ts'
import type { Fault, Outage, Plan } from './plan.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What goes wrong in a world, and when. */
export interface Fates {
  /** Every call that a process made of its ports, in their order. */
  readonly calls: readonly PortCall[]
  /** What went wrong so far, one by one. */
  readonly befell: readonly Fault['what'][]
  /** What befalls this process at the call that it is about to make. */
  at(name: string, life: Life): Fate | undefined
  isOn(outage: Outage): boolean
  /** By how much the database's clock was set ahead, all in all, in milliseconds. */
  readonly clockAheadMs: number
  /** Each time that it was set, and by how much. */
  readonly clockSteps: readonly ClockSet[]
  /** Whether whatever may go wrong may still do so. */
  readonly isCalm: boolean
  /** From now on nothing goes wrong any more. */
  calmDown(): void
}

/** The database's clock was set. */
export interface ClockSet {
  at: number
  /** Negative where it was set back. */
  aheadMs: number
}

export interface PortCall {
  name: string
  /** How often the process that made it had been started anew. */
  generation: number
}

export function createFates({ faults, deaths }: Pick<Plan, 'faults' | 'deaths'>, time: VirtualTime): Fates {
  const calls: PortCall[] = []
  const befell: Fault['what'][] = []
  const made = new Map<string, number>()
  const outages: Record<Outage, number> = { 'database-away': 0, 'disk-full': 0 }
  let isCalm = false
  let clockAheadMs = 0
  const clockSteps: ClockSet[] = []

  function faultAt(name: string): Fault | undefined {
    const nth = (made.get(name) ?? 0) + 1
    made.set(name, nth)
    return faults.find((fault) => fault.call === name && fault.nth === nth)
  }

  return {
    calls,
    befell,
    get clockAheadMs() {
      return clockAheadMs
    },
    clockSteps,
    get isCalm() {
      return isCalm
    },
    calmDown() {
      isCalm = true
    },
    isOn: (outage) => !isCalm && time.now < outages[outage],
    at(name, { generation }) {
      if (isCalm) return undefined
      calls.push({ name, generation })
      const death = deaths.find(({ call }) => call === calls.length)
      const fault = faultAt(name)
      if (death) return death
      if (!fault) return undefined
      const { what, ms } = fault
      befell.push(what)
      if (what === 'clock-ahead' || what === 'clock-back') {
        const aheadMs = what === 'clock-ahead' ? ms : -ms
        clockAheadMs += aheadMs
        clockSteps.push({ at: time.now, aheadMs })
        return undefined
      }
      if (what !== 'database-away' && what !== 'disk-full') return { kind: what, ms }
      outages[what] = time.now + ms
      return undefined
    },
  }
}
