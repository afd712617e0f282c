import { expect, it } from 'vitest'
import { coalesce } from './coalesce.ts'

it('concurrent calls share one query; a call after its success or failure starts another', async () => {
  const queries: PromiseWithResolvers<number>[] = []
  const query = coalesce(() => {
    const started = Promise.withResolvers<number>()
    queries.push(started)
    return started.promise
  })
  const concurrent = [query(), query(), query()]
  queries[0]?.resolve(7)
  expect(await Promise.all(concurrent)).toEqual([7, 7, 7])
  const failing = query()
  queries[1]?.reject(new Error('unavailable'))
  await expect(failing).rejects.toThrow('unavailable')
  void query()
  expect(queries.length).toBe(3)
})
