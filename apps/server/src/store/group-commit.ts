import { type Compilable, CompiledQuery } from 'kysely'

/** Writes rows together, and gives each row's own result or error back, in their order. */
export type Flush<Row, Result> = (rows: Row[]) => Promise<PromiseSettledResult<Result>[]>

interface Waiting<Row, Result> {
  row: Row
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/** Bounds the size of one statement, and so how long its first row waits. 50 to 5,000 make no difference to throughput. */
const MAX_ROWS = 500
/**
 * A flush that takes longer waits for a lock, such as of an intent with the same e-mail in another process. The next batch
 * then goes beside it, up to four at once. Neither makes a difference to throughput; without them one lock stops every write.
 */
const SLOW_AFTER_MS = 25
const MAX_FLUSHES = 4

/**
 * A commit costs one flush of the disk, however many rows it has. Rows that arrive during a commit are collected for the next
 * one, since commits side by side slow each other down. No row is acknowledged before its own commit.
 */
export function createGroupCommit<Row, Result>(
  flush: Flush<Row, Result>,
  onFlush: (rows: number, seconds: number) => void = () => undefined,
): (row: Row) => Promise<Result> {
  let waiting: Waiting<Row, Result>[] = []
  let flushes = 0
  /** The batch in progress. The next batch waits for it, at most SLOW_AFTER_MS. */
  let ahead: Waiting<Row, Result>[] | undefined

  async function flushWaiting(): Promise<void> {
    if (waiting.length === 0 || ahead || flushes >= MAX_FLUSHES) return
    const batch = waiting.slice(0, MAX_ROWS)
    waiting = waiting.slice(MAX_ROWS)
    flushes++
    ahead = batch
    const stepAside = () => {
      if (ahead === batch) ahead = undefined
    }
    const slow = setTimeout(() => {
      stepAside()
      void flushWaiting()
    }, SLOW_AFTER_MS)
    const begun = performance.now()
    try {
      deliver(batch, await flush(batch.map(({ row }) => row)))
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      clearTimeout(slow)
      onFlush(batch.length, (performance.now() - begun) / 1_000)
      stepAside()
      flushes--
      void flushWaiting()
    }
  }

  return (row) =>
    new Promise((resolve, reject) => {
      waiting.push({ row, resolve, reject })
      // After what else arrives in this turn of the event loop.
      if (waiting.length === 1) setImmediate(flushWaiting)
    })
}

function deliver<Row, Result>(batch: Waiting<Row, Result>[], results: PromiseSettledResult<Result>[]): void {
  for (const [index, { resolve, reject }] of batch.entries()) {
    const result = results[index]
    if (result?.status === 'fulfilled') resolve(result.value)
    else reject(result?.reason ?? new Error('the flush gave no result for this row'))
  }
}

/**
 * Writes all rows together, and each by itself where that fails for another reason than the database being away: one
 * bad row never fails its neighbours.
 */
export function togetherOrOneByOne<Row, Result>(
  write: (rows: Row[]) => Promise<Result[]>,
  isAway: (error: unknown) => boolean,
): Flush<Row, Result> {
  const fulfilled = (value: Result) => ({ status: 'fulfilled', value }) as const
  return async (rows) => {
    try {
      return (await write(rows)).map(fulfilled)
    } catch (error) {
      if (rows.length === 1 || isAway(error)) throw error
      const oneByOne = await Promise.allSettled(rows.map((row) => write([row])))
      return oneByOne.map((result) => (result.status === 'fulfilled' ? fulfilled(result.value[0] as Result) : result))
    }
  }
}

/** Stands in a statement for the rows that it is about, as one JSON document. */
export const ROWS = '<rows>'

/**
 * A statement about rows, built and compiled once: Kysely takes longer to compile a batch's statement than pg takes to
 * send it. Its name precedes it, for the pool, which prepares named statements, and for readers of the
 * database's statistics.
 *
 * @param name unique, such as `insert-intents`
 */
export function rowsStatement<Result>(
  name: string,
  query: Compilable<Result>,
): (rows: readonly object[]) => CompiledQuery<Result> {
  const { sql, parameters } = query.compile()
  const named = `/* ${name} */ ${sql}`
  return (rows) => {
    const json = JSON.stringify(rows)
    return CompiledQuery.raw(
      named,
      parameters.map((parameter) => (parameter === ROWS ? json : parameter)),
    ) as CompiledQuery<Result>
  }
}
