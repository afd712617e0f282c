import type { Fault, Outage, Scenario } from './scenario.ts'
import type { InjectedFault, SimulatedProcess } from './simulated-process.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What goes wrong in a world, and when. */
export interface FaultPlan {
  /** Every call that a process made of its ports, in their order. */
  readonly calls: readonly PortCall[]
  /** What went wrong so far, one by one. */
  readonly injected: readonly Fault['what'][]
  /** What befalls this process at the call that it is about to make. */
  faultAt(name: string, life: SimulatedProcess): InjectedFault | undefined
  isActive(outage: Outage): boolean
  /** By how much the database's clock was set ahead, all in all, in milliseconds. */
  readonly clockAheadMs: number
  /** Each time that it was set, and by how much. */
  readonly clockChanges: readonly ClockChange[]
  /** Whether whatever may go wrong may still do so. */
  readonly isStopped: boolean
  /** From now on nothing goes wrong any more. */
  stop(): void
}

/** The database's clock was set. */
export interface ClockChange {
  at: number
  /** Negative where it was set back. */
  aheadMs: number
}

export interface PortCall {
  name: string
  /** How often the process that made it had been started anew. */
  restarts: number
}

export function createFaultPlan(
  { faults, crashes }: Pick<Scenario, 'faults' | 'crashes'>,
  time: VirtualTime,
): FaultPlan {
  const calls: PortCall[] = []
  const injected: Fault['what'][] = []
  const made = new Map<string, number>()
  const outages: Record<Outage, number> = { 'database-away': 0, 'disk-full': 0 }
  let isStopped = false
  let clockAheadMs = 0
  const clockChanges: ClockChange[] = []

  function faultAt(name: string): Fault | undefined {
    const nth = (made.get(name) ?? 0) + 1
    made.set(name, nth)
    return faults.find((fault) => fault.call === name && fault.nth === nth)
  }

  return {
    calls,
    injected,
    get clockAheadMs() {
      return clockAheadMs
    },
    clockChanges,
    get isStopped() {
      return isStopped
    },
    stop() {
      isStopped = true
    },
    isActive: (outage) => !isStopped && time.now < outages[outage],
    faultAt(name, { restarts }) {
      if (isStopped) return undefined
      calls.push({ name, restarts })
      const death = crashes.find(({ call }) => call === calls.length)
      const fault = faultAt(name)
      if (death) return death
      if (!fault) return undefined
      const { what, ms } = fault
      injected.push(what)
      if (what === 'clock-ahead' || what === 'clock-back') {
        const aheadMs = what === 'clock-ahead' ? ms : -ms
        clockAheadMs += aheadMs
        clockChanges.push({ at: time.now, aheadMs })
        return undefined
      }
      if (what !== 'database-away' && what !== 'disk-full') return { kind: what, ms }
      outages[what] = time.now + ms
      return undefined
    },
  }
}
