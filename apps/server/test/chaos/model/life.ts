import type { Clock } from '../../../src/registration/clock.ts'
import { DatabaseUnavailable, NotThisRowNow } from '../../../src/registration/store-errors.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What befalls a process at one call of its ports. */
export type Fate =
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

/** One process: from its start until it is killed, with stops in between. */
export interface Life {
  readonly name: string
  /** How often it had been started anew. */
  readonly generation: number
  readonly isDead: boolean
  /** Calls of ports that it waits for. */
  readonly underWay: number
  /** How often it was stopped: what it promises about time doesn't hold meanwhile. */
  readonly stops: number
  /** Resolves when the process is killed. */
  readonly death: Promise<void>
  /** Its own monotonic clock, whose timers fire only while it runs. */
  readonly clock: Clock
  /** Makes one call of a port, unless fate intervenes. Never resolves once the process is dead. */
  through<Result>(call: string, effect: () => Promise<Result>): Promise<Result>
  /** Resolves as soon as it is not stopped; never once it is dead. */
  running(): Promise<void>
  kill(): void
}

export interface LifeOptions {
  name: string
  generation: number
  time: VirtualTime
  /** What befalls it at this call; undefined: nothing. */
  fateAt: (call: string, life: Life) => Fate | undefined
  /** What its clock shows when the world begins, in milliseconds. */
  clockOffset?: number
  /** How fast its clock runs; 1 is right. */
  clockRate?: number
}

export function createLife({ name, generation, time, fateAt, clockOffset = 0, clockRate = 1 }: LifeOptions): Life {
  const death = Promise.withResolvers<void>()
  let isDead = false
  let stops = 0
  let underWay = 0
  let frozenUntil = 0

  /** Nothing of a stopped process goes on, and nothing ever again of a dead one. */
  async function running(): Promise<void> {
    while (!isDead && frozenUntil > time.now) await time.pause(frozenUntil - time.now)
    if (isDead) await new Promise<never>(() => undefined)
  }

  function freeze(ms: number): void {
    stops += 1
    frozenUntil = Math.max(frozenUntil, time.now + ms)
  }

  const life: Life = {
    name,
    generation,
    running,
    death: death.promise,
    get isDead() {
      return isDead
    },
    get underWay() {
      return underWay
    },
    get stops() {
      return stops
    },
    clock: {
      now: () => clockOffset + time.now * clockRate,
      wall: () => clockOffset + time.now * clockRate,
      async pause(ms, signal) {
        await time.pause(ms / clockRate, signal)
        await running()
      },
      after(ms, act) {
        let isCancelled = false
        const cancel = time.after(ms / clockRate, async () => {
          await running()
          if (!isCancelled) act()
        })
        return () => {
          isCancelled = true
          cancel()
        }
      },
    },
    async through(call, effect) {
      if (isDead) await running()
      underWay += 1
      const fate = fateAt(call, life)
      if (fate?.kind === 'dies-before') life.kill()
      if (fate?.kind === 'freezes-before' || fate?.kind === 'freezes-meanwhile') freeze(fate.ms)
      if (fate?.kind === 'dies-before' || fate?.kind === 'freezes-before') await running()
      if (fate?.kind === 'slow') await time.pause(fate.ms)
      if (fate?.kind === 'row-locked' || fate?.kind === 'host-refuses') {
        underWay -= 1
        throw new NotThisRowNow(fate.kind, { isBrief: fate.kind === 'row-locked' })
      }
      const [ended] = await Promise.allSettled([effect()])
      if (fate?.kind === 'dies-after') life.kill()
      await running()
      underWay -= 1
      if (fate?.kind === 'answer-lost')
        throw new DatabaseUnavailable('The connection was cut.', { mayHaveCommitted: true })
      if (ended.status === 'rejected') throw ended.reason
      return ended.value
    },
    kill() {
      isDead = true
      death.resolve()
    },
  }
  return life
}
