import type { Clock } from '../../../src/registration/clock.ts'
import { DatabaseUnavailable, RowTemporarilyUnwritable } from '../../../src/registration/store-errors.ts'
import type { VirtualTime } from './virtual-time.ts'

/** A fault at one call of a port. */
export type InjectedFault =
  /** The process is killed before the call. */
  | { kind: 'dies-before' }
  /** The process is killed after the call took effect and before it reads the result. */
  | { kind: 'dies-after' }
  /** The process is stopped before the call, and makes it when it resumes. */
  | { kind: 'freezes-before'; ms: number }
  /** The process is stopped during the call, and reads the result when it resumes. */
  | { kind: 'freezes-meanwhile'; ms: number }
  /** The database committed, and its answer was lost. */
  | { kind: 'answer-lost' }
  /** The call takes `ms` longer. */
  | { kind: 'slow'; ms: number }
  /** Nothing is written: another transaction has locked the row, or the host's hook throws. */
  | { kind: 'row-locked' | 'host-refuses' }

/** One process from its start until it is killed. It may be frozen in between. */
export interface SimulatedProcess {
  readonly name: string
  /** How many times the replica had been restarted before. */
  readonly restarts: number
  readonly isKilled: boolean
  /** Calls of ports without a result so far. */
  readonly pendingCalls: number
  /** How often it was frozen. Its promises about time don't hold while it is. */
  readonly freezeCount: number
  /** Resolves when the process is killed. */
  readonly killed: Promise<void>
  /** Its monotonic clock. Timers fire only while it runs. */
  readonly clock: Clock
  /** Makes one call of a port, with the fault that is planned for it. Never resolves once the process is killed. */
  call<Result>(call: string, effect: () => Promise<Result>): Promise<Result>
  /** Resolves once it isn't frozen; never after it is killed. */
  whenRunning(): Promise<void>
  kill(): void
}

export interface SimulatedProcessOptions {
  name: string
  restarts: number
  time: VirtualTime
  /** The fault at this call; undefined for none. */
  faultAt: (call: string, process: SimulatedProcess) => InjectedFault | undefined
  /** What its clock shows at the start of the simulation, in milliseconds. */
  clockOffset?: number
  /** How fast its clock runs; 1 is exact. */
  clockRate?: number
}

export function createSimulatedProcess({
  name,
  restarts,
  time,
  faultAt,
  clockOffset = 0,
  clockRate = 1,
}: SimulatedProcessOptions): SimulatedProcess {
  const death = Promise.withResolvers<void>()
  let isKilled = false
  let freezeCount = 0
  let pendingCalls = 0
  let frozenUntil = 0

  /** Holds up everything in a frozen process, and ends everything in a killed one. */
  async function whenRunning(): Promise<void> {
    while (!isKilled && frozenUntil > time.now) await time.pause(frozenUntil - time.now)
    if (isKilled) await new Promise<never>(() => undefined)
  }

  function freeze(ms: number): void {
    freezeCount += 1
    frozenUntil = Math.max(frozenUntil, time.now + ms)
  }

  const process: SimulatedProcess = {
    name,
    restarts,
    whenRunning,
    killed: death.promise,
    get isKilled() {
      return isKilled
    },
    get pendingCalls() {
      return pendingCalls
    },
    get freezeCount() {
      return freezeCount
    },
    clock: {
      now: () => clockOffset + time.now * clockRate,
      wall: () => clockOffset + time.now * clockRate,
      async pause(ms, signal) {
        await time.pause(ms / clockRate, signal)
        await whenRunning()
      },
      after(ms, act) {
        let isCancelled = false
        const cancel = time.after(ms / clockRate, async () => {
          await whenRunning()
          if (!isCancelled) act()
        })
        return () => {
          isCancelled = true
          cancel()
        }
      },
    },
    async call(call, effect) {
      if (isKilled) await whenRunning()
      pendingCalls += 1
      const fault = faultAt(call, process)
      if (fault?.kind === 'dies-before') process.kill()
      if (fault?.kind === 'freezes-before' || fault?.kind === 'freezes-meanwhile') freeze(fault.ms)
      if (fault?.kind === 'dies-before' || fault?.kind === 'freezes-before') await whenRunning()
      if (fault?.kind === 'slow') await time.pause(fault.ms)
      if (fault?.kind === 'row-locked' || fault?.kind === 'host-refuses') {
        pendingCalls -= 1
        throw new RowTemporarilyUnwritable(fault.kind, { isBrief: fault.kind === 'row-locked' })
      }
      const [ended] = await Promise.allSettled([effect()])
      if (fault?.kind === 'dies-after') process.kill()
      await whenRunning()
      pendingCalls -= 1
      if (fault?.kind === 'answer-lost')
        throw new DatabaseUnavailable('The connection was cut.', { mayHaveCommitted: true })
      if (ended.status === 'rejected') throw ended.reason
      return ended.value
    },
    kill() {
      isKilled = true
      death.resolve()
    },
  }
  return process
}
