import { expect, it } from 'vitest'
import { oneAtATime } from './one-at-a-time.ts'

it('looks once for all who ask meanwhile, and anew for who comes later, whether it succeeded or not', async () => {
  const looks: PromiseWithResolvers<number>[] = []
  const look = oneAtATime(() => {
    const begun = Promise.withResolvers<number>()
    looks.push(begun)
    return begun.promise
  })
  const together = [look(), look(), look()]
  looks[0]?.resolve(7)
  expect(await Promise.all(together)).toEqual([7, 7, 7])
  const failing = look()
  looks[1]?.reject(new Error('away'))
  await expect(failing).rejects.toThrow('away')
  void look()
  expect(looks.length).toBe(3)
})
