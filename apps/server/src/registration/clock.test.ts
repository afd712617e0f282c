import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { withinDeadline } from './clock.ts'

const tooLate = () => 'too late'

describe('withinDeadline', () => {
  it('returns the result of work that ends in time', async () => {
    const clock = createFakeClock()
    expect(await withinDeadline(clock, 1_000, Promise.resolve('done'), tooLate)).toBe('done')
  })

  it('throws the error of work that fails in time', async () => {
    const clock = createFakeClock()
    await expect(withinDeadline(clock, 1_000, Promise.reject(new Error('no')), tooLate)).rejects.toThrow('no')
  })

  it('returns the fallback at the deadline and ignores a later end of the work', async () => {
    const clock = createFakeClock()
    const work = Promise.withResolvers<string>()
    const result = withinDeadline(clock, 1_000, work.promise, tooLate)
    await clock.advance(1_000)
    expect(await result).toBe('too late')
    work.reject(new Error('the database hung up'))
  })

  it('throws the fallback’s error at the deadline', async () => {
    const clock = createFakeClock()
    const result = withinDeadline(clock, 1_000, new Promise(() => undefined), () => {
      throw new Error('too late')
    })
    const failure = expect(result).rejects.toThrow('too late')
    await clock.advance(1_000)
    await failure
  })
})
