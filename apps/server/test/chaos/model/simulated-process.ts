import type { Clock } from '../../../src/registration/clock.ts'
import { DatabaseUnavailable, NotThisRowNow } from '../../../src/registration/store-errors.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What befalls a process at one call of its ports. */
export type InjectedFault =
  /** Killed: the call was never made. */
  | { kind: 'dies-before' }
  /** Killed: the call had its effect, and nobody learned of it. */
  | { kind: 'dies-after' }
  /** Stopped with the call not yet made, and made to go on later. */
  | { kind: 'freezes-before'; ms: number }
  /** Stopped while the call is under way, so that its answer is read later. */
  | { kind: 'freezes-meanwhile'; ms: number }
  /** The database did what it was asked, and its answer never came. */
  | { kind: 'answer-lost' }
  /** The call takes so much longer. */
  | { kind: 'slow'; ms: number }
  /** Another transaction has locked the row, or the host's hook throws: nothing is written. */
  | { kind: 'row-locked' | 'host-refuses' }

/** One process: from its start until it is killed, with freezeCount in between. */
export interface SimulatedProcess {
  readonly name: string
  /** How often it had been started anew. */
  readonly restarts: number
  readonly isKilled: boolean
  /** Calls of ports that it waits for. */
  readonly pendingCalls: number
  /** How often it was stopped: what it promises about time doesn't hold meanwhile. */
  readonly freezeCount: number
  /** Resolves when the process is killed. */
  readonly killed: Promise<void>
  /** Its own monotonic clock, whose timers fire only while it runs. */
  readonly clock: Clock
  /** Makes one call of a port, unless fault intervenes. Never resolves once the process is dead. */
  call<Result>(call: string, effect: () => Promise<Result>): Promise<Result>
  /** Resolves as soon as it is not stopped; never once it is dead. */
  whenRunning(): Promise<void>
  kill(): void
}

export interface SimulatedProcessOptions {
  name: string
  restarts: number
  time: VirtualTime
  /** What befalls it at this call; undefined: nothing. */
  faultAt: (call: string, process: SimulatedProcess) => InjectedFault | undefined
  /** What its clock shows when the world begins, in milliseconds. */
  clockOffset?: number
  /** How fast its clock runs; 1 is right. */
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

  /** Nothing of a stopped process goes on, and nothing ever again of a dead one. */
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
        throw new NotThisRowNow(fault.kind, { isBrief: fault.kind === 'row-locked' })
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
