import type { Fault, Outage, Scenario } from './scenario.ts'
import type { InjectedFault, SimulatedProcess } from './simulated-process.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Which faults are injected, and when. */
export interface FaultPlan {
  /** Every call of a port, in order, over all processes. */
  readonly calls: readonly PortCall[]
  /** The faults injected so far, in order. */
  readonly injected: readonly Fault['what'][]
  /** The fault at the call that this process is about to make. */
  faultAt(name: string, life: SimulatedProcess): InjectedFault | undefined
  isActive(outage: Outage): boolean
  /** The sum of all changes to the database's clock, in milliseconds. */
  readonly clockAheadMs: number
  /** Each change to the database's clock. */
  readonly clockChanges: readonly ClockChange[]
  /** Whether fault injection is over. */
  readonly isStopped: boolean
  /** Injects no more faults, and ends all outages. */
  stop(): void
}

/** A change to the database's clock. */
export interface ClockChange {
  at: number
  /** Negative if the clock was set back. */
  aheadMs: number
}

export interface PortCall {
  name: string
  /** How many times the replica had been restarted before. */
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
