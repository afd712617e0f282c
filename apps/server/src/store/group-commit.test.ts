import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createGroupCommit, togetherOrOneByOne } from './group-commit.ts'

/** A database whose commits and failures the test controls. */
function createDatabase() {
  const flushes: { rows: number[]; commit: () => void; fail: (error: Error) => void }[] = []
  const write = createGroupCommit<number, string>((rows) => {
    const { promise, resolve, reject } = Promise.withResolvers<PromiseSettledResult<string>[]>()
    const commit = () => resolve(rows.map((row) => ({ status: 'fulfilled', value: `row ${row}` })))
    flushes.push({ rows, commit, fail: reject })
    return promise
  })
  const sizes = () => flushes.map(({ rows }) => rows.length)
  return { flushes, sizes, write }
}

const rows = (count: number) => Array.from({ length: count }, (_, n) => n)

/** Waits until every pending callback has run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn()
}

describe('a group commit', () => {
  // Timers are stopped, so that nothing depends on the speed of the machine.
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => vi.useRealTimers())

  it('writes rows that arrive in one turn of the event loop together, and returns each row’s own result', async () => {
    const { flushes, sizes, write } = createDatabase()
    const results = Promise.all(rows(3).map(write))
    await settle()
    expect(sizes()).toEqual([3])
    flushes[0]?.commit()
    expect(await results).toEqual(['row 0', 'row 1', 'row 2'])
  })

  it('acknowledges a row only after its own commit', async () => {
    const { flushes, sizes, write } = createDatabase()
    const acknowledged: string[] = []
    const acknowledge = (row: string) => acknowledged.push(row)
    void write(1).then(acknowledge)
    await settle()
    void write(2).then(acknowledge)
    await settle()
    expect([sizes(), acknowledged]).toEqual([[1], []])
    flushes[0]?.commit()
    await settle()
    expect([sizes(), acknowledged]).toEqual([[1, 1], ['row 1']])
    flushes[1]?.commit()
    await settle()
    expect(acknowledged).toEqual(['row 1', 'row 2'])
  })

  it('writes all rows that arrive during a commit with the next one', async () => {
    const { flushes, sizes, write } = createDatabase()
    void write(0)
    await settle()
    const next = [write(1)]
    await settle()
    next.push(write(2), write(3))
    await settle()
    expect(sizes()).toEqual([1])
    flushes[0]?.commit()
    await settle()
    expect(sizes()).toEqual([1, 3])
    flushes[1]?.commit()
    expect(await Promise.all(next)).toEqual(['row 1', 'row 2', 'row 3'])
  })

  it('starts the next flush after 25 ms if a flush is stuck', async () => {
    const { flushes, sizes, write } = createDatabase()
    void write(1)
    await settle()
    const next = write(2)
    vi.advanceTimersByTime(24)
    await settle()
    expect(sizes()).toEqual([1])
    vi.advanceTimersByTime(1)
    await settle()
    expect(sizes()).toEqual([1, 1])
    flushes[1]?.commit()
    expect(await next).toBe('row 2')
  })

  it('waits only for the newest flush, not for an older stuck one', async () => {
    const { flushes, sizes, write } = createDatabase()
    void write(1)
    await settle()
    vi.advanceTimersByTime(25)
    void write(2)
    await settle()
    void write(3)
    flushes[0]?.commit()
    await settle()
    expect(sizes()).toEqual([1, 1])
    flushes[1]?.commit()
    await settle()
    expect(sizes()).toEqual([1, 1, 1])
  })

  it('has at most four flushes in progress', async () => {
    const { flushes, sizes, write } = createDatabase()
    for (let n = 0; n < 6; n++) {
      void write(n)
      await settle()
      vi.advanceTimersByTime(25)
      await settle()
    }
    expect(sizes()).toEqual([1, 1, 1, 1])
    flushes[0]?.commit()
    await settle()
    expect(sizes()).toEqual([1, 1, 1, 1, 2])
  })

  it('fails only the rows of the failed flush', async () => {
    const { flushes, write } = createDatabase()
    const failing = expect(write(1)).rejects.toThrow('no room')
    await settle()
    const next = write(2)
    await settle()
    flushes[0]?.fail(new Error('no room'))
    await failing
    await settle()
    flushes[1]?.commit()
    expect(await next).toBe('row 2')
  })
})

describe('a batch that fails', () => {
  it('is written again row by row, so that only the bad row fails', async () => {
    const write = vi.fn(async (batch: number[]) => {
      if (batch.includes(2)) throw new Error('a bad row')
      return batch
    })
    const results = await togetherOrOneByOne(write, () => false)([1, 2, 3])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(write).toHaveBeenCalledTimes(4)
  })

  it('is tried once if the database is unavailable', async () => {
    const write = vi.fn(() => Promise.reject(new Error('away')))
    await expect(togetherOrOneByOne(write, () => true)([1, 2])).rejects.toThrow('away')
    expect(write).toHaveBeenCalledTimes(1)
  })
})
