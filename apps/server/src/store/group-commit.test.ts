import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createGroupCommit, togetherOrOneByOne } from './group-commit.ts'

/** A database that commits a flush when it is told to. */
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
  // Time stands still: nothing here depends on how fast the machine is.
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => vi.useRealTimers())

  it('writes what arrives in one turn together, and gives each its own result', async () => {
    const { flushes, sizes, write } = createDatabase()
    const results = Promise.all(rows(3).map(write))
    await settle()
    expect(sizes()).toEqual([3])
    flushes[0]?.commit()
    expect(await results).toEqual(['row 0', 'row 1', 'row 2'])
  })

  it('acknowledges nothing before its own commit', async () => {
    const { flushes, sizes, write } = createDatabase()
    const acknowledged: string[] = []
    const tell = (row: string) => acknowledged.push(row)
    void write(1).then(tell)
    await settle()
    void write(2).then(tell)
    await settle()
    expect([sizes(), acknowledged]).toEqual([[1], []])
    flushes[0]?.commit()
    await settle()
    expect([sizes(), acknowledged]).toEqual([[1, 1], ['row 1']])
    flushes[1]?.commit()
    await settle()
    expect(acknowledged).toEqual(['row 1', 'row 2'])
  })

  it('has what comes meanwhile share the commit after the one under way', async () => {
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

  it('lets nobody wait behind a flush that is stuck', async () => {
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

  it('has others wait for the newest flush alone, once an older one is stuck', async () => {
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

  it('has no more than four flushes under way, however many are stuck', async () => {
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

  it('fails those alone whose flush failed', async () => {
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
  it('is written row by row, so that a bad row fails alone', async () => {
    const write = vi.fn(async (batch: number[]) => {
      if (batch.includes(2)) throw new Error('a bad row')
      return batch
    })
    const results = await togetherOrOneByOne(write, () => false)([1, 2, 3])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(write).toHaveBeenCalledTimes(4)
  })

  it('is tried once when the database is unavailable', async () => {
    const write = vi.fn(() => Promise.reject(new Error('away')))
    await expect(togetherOrOneByOne(write, () => true)([1, 2])).rejects.toThrow('away')
    expect(write).toHaveBeenCalledTimes(1)
  })
})
