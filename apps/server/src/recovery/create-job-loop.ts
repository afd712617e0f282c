import type { Clock } from '../registration/clock.ts'

/** A job that is run repeatedly, in every replica: recovery of registrations, delivery of events, deletion of old rows. */
export interface Job {
  name: string
  /** The pause after a run that left nothing to do, in milliseconds. */
  everyMs: number
  /** Handles what is due. Returns whether there may be more at once. */
  run(): Promise<boolean>
  /** Resolves when all work that was started is done. */
  finish?(): Promise<unknown>
}

export interface JobLoopOptions {
  jobs: readonly Job[]
  clock: Clock
  /** A run failed, usually because of the database. The job goes on. */
  onError(job: string, error: unknown): void
}

export interface JobLoop {
  start(): void
  /** Waits for work in progress. */
  stop(): Promise<void>
}

/**
 * Runs the jobs in every replica until stopped. Only the rows say what is due and which process works on it, so a restart
 * loses nothing. Jobs run independently, so that a failing one doesn't delay the others.
 */
export function createJobLoop({ jobs, clock, onError }: JobLoopOptions): JobLoop {
  const stopping = new AbortController()
  let loops: Promise<void>[] = []

  async function runUntilStopped(job: Job): Promise<void> {
    while (!stopping.signal.aborted) {
      const mayBeMore = await job.run().catch((error: unknown) => {
        onError(job.name, error)
        return false
      })
      // Jitter, so that replicas started together don't query together.
      if (!mayBeMore) await clock.pause(job.everyMs * (0.75 + Math.random() / 2), stopping.signal)
    }
    await job.finish?.()
  }

  return {
    start() {
      loops = jobs.map(runUntilStopped)
    },
    async stop() {
      stopping.abort()
      await Promise.all(loops)
    },
  }
}
