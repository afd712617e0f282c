import { type Db, PgBoss } from 'pg-boss'
import type { Clock } from '../registration/clock.ts'
import type { DueRegistration } from '../registration/due-registration.ts'
import type { Chore } from './chore.ts'
import { createQueueSchema } from './create-queue-schema.ts'

export interface RecoveryOptions {
  /** Runs the queue's statements. */
  db: Db
  /** The queue's own schema. */
  schema: string
  /** Whether the queue's tables may be made and brought up to date. */
  migrate: boolean
  clock: Clock
  findDue(withinMs: number, limit: number): Promise<DueRegistration[]>
  countStuck(): Promise<number>
  recover(registrationId: string): Promise<void>
  chores: readonly Chore[]
  watcher: RecoveryWatcher
}

/** For whoever keeps watch. */
export interface RecoveryWatcher {
  /** The queue or the sweep is in trouble, most often with the database; it goes on by itself. */
  troubled(error: unknown): void
  /** One registration was moved on as far as it goes now. */
  recovered(registrationId: string): void
  /** One registration could not be moved on this time. The row still says that it is due. */
  failed(registrationId: string, error: unknown): void
  /** So many registrations had reached their age. */
  deleted(registrations: number): void
  /** The database was asked for what is due. */
  swept(): void
  /** So many registrations wait for a person now. */
  stuck(count: number): void
}

export interface Recovery {
  start(): Promise<void>
  /** Finishes what it is at. */
  stop(): Promise<void>
}

const QUEUE = 'registration-recovery'
/** A killed process's registrations are found this soon after their lease. The sweep reads one small partial index. */
const SWEEP_EVERY_MS = 5_000
/** What is left over is found by the next sweep, or by another replica's. */
const SWEEP_LIMIT = 1_000
/** Whoever waits for the registration in a request goes first. */
const GRACE_MS = 1_000
/** A partner that has just come back must not be fallen upon by thousands; a slow call holds up one worker's batch. */
const WORKERS = 2
const BATCH = 20
const STOP_WITHIN_MS = 30_000

/**
 * Every replica sweeps for what is due and puts a job for each into the queue; whichever replica takes the job acts. The
 * row alone says what is due: a job only wakes somebody at the right moment, one too many does nothing, and one that
 * is lost or fails is replaced by the next sweep. So the queue never retries, and nothing depends on what it
 * remembers.
 */
export function createRecovery({
  db,
  schema,
  migrate,
  clock,
  findDue,
  countStuck,
  recover,
  chores,
  watcher,
}: RecoveryOptions): Recovery {
  const boss = new PgBoss({ db, schema, migrate, createSchema: false, schedule: chores.length > 0 })
  boss.on('error', (error) => watcher.troubled(error))
  const stopping = new AbortController()
  let sweeping: Promise<void> = Promise.resolve()
  let stuckBefore = 0

  async function tellStuck(): Promise<void> {
    const stuck = await countStuck()
    if (stuck > stuckBefore) watcher.stuck(stuck)
    stuckBefore = stuck
  }

  async function sweep(): Promise<void> {
    await tellStuck()
    const due = await findDue(SWEEP_EVERY_MS, SWEEP_LIMIT)
    watcher.swept()
    if (due.length === 0) return
    // One waiting job a registration is enough, whichever replica put it there.
    await boss.insert(
      QUEUE,
      due.map(({ id, dueInMs }) => ({
        data: { id },
        singletonKey: id,
        startAfter: Math.ceil((Math.max(dueInMs, 0) + GRACE_MS) / 1_000),
      })),
    )
  }

  /** A chore whose day has come while it is still being done is done once more, not twice at a time. */
  async function schedule(queue: PgBoss, { name, cron, run }: Chore): Promise<void> {
    await queue.createQueue(name, { policy: 'stately', retryLimit: 0 })
    await queue.work(name, async () => {
      // Its next turn makes up for it.
      await run().catch((error: unknown) => watcher.troubled(error))
    })
    await queue.schedule(name, cron)
  }

  async function sweepUntilStopped(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sweep().catch((error: unknown) => watcher.troubled(error))
      // Replicas that started together needn't sweep together.
      await clock.pause(SWEEP_EVERY_MS * (0.75 + Math.random() / 2), stopping.signal)
    }
  }

  return {
    async start() {
      if (migrate) await createQueueSchema(db, schema)
      await boss.start()
      await boss.createQueue(QUEUE, { policy: 'short', retryLimit: 0, deleteAfterSeconds: 60 })
      await boss.work<{ id: string }>(
        QUEUE,
        { batchSize: BATCH, localConcurrency: WORKERS, pollingIntervalSeconds: 1, burstWhenBatchFull: true },
        async (jobs) => {
          await Promise.all(
            jobs.map(({ data: { id } }) =>
              recover(id).then(
                () => watcher.recovered(id),
                (error: unknown) => watcher.failed(id, error),
              ),
            ),
          )
        },
      )
      for (const chore of chores) await schedule(boss, chore)
      sweeping = sweepUntilStopped()
    },
    async stop() {
      stopping.abort()
      await sweeping
      await boss.stop({ graceful: true, timeout: STOP_WITHIN_MS })
    },
  }
}
