import type { Clock } from '../registration/clock.ts'

/** Something of which the database says what is due: registrations, events, a chore. */
export interface DueSource {
  name: string
  /** How long after a look that left nothing over, in milliseconds. */
  everyMs: number
  /** Takes what is due and sees to it. Says whether there may be more at once. */
  look(): Promise<boolean>
  /** Resolves when everything that looks have begun is over. */
  finish?(): Promise<unknown>
}

export interface DueLoopOptions {
  sources: readonly DueSource[]
  clock: Clock
  /** A look failed, most often with the database; the next one is made all the same. */
  onError(source: string, error: unknown): void
}

export interface DueLoop {
  start(): void
  /** Finishes what it is at. */
  stop(): Promise<void>
}

/**
 * Looks for what is due, in every replica, for ever. What is due, and who is at it, the rows say: nothing is remembered
 * here that a restart would lose. Sources don't wait for each other, so that one in trouble holds up no other.
 */
export function createDueLoop({ sources, clock, onError }: DueLoopOptions): DueLoop {
  const stopping = new AbortController()
  let loops: Promise<void>[] = []

  async function lookUntilStopped(source: DueSource): Promise<void> {
    while (!stopping.signal.aborted) {
      const mayBeMore = await source.look().catch((error: unknown) => {
        onError(source.name, error)
        return false
      })
      // Replicas that started together needn't look together.
      if (!mayBeMore) await clock.pause(source.everyMs * (0.75 + Math.random() / 2), stopping.signal)
    }
    await source.finish?.()
  }

  return {
    start() {
      loops = sources.map(lookUntilStopped)
    },
    async stop() {
      stopping.abort()
      await Promise.all(loops)
    },
  }
}
