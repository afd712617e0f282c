import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { withinDeadline } from './clock.ts'

const tooLate = () => 'too late'

describe('withinDeadline', () => {
  it('gives what the work comes to in time', async () => {
    const clock = createFakeClock()
    expect(await withinDeadline(clock, 1_000, Promise.resolve('done'), tooLate)).toBe('done')
  })

  it('lets through how the work fails in time', async () => {
    const clock = createFakeClock()
    await expect(withinDeadline(clock, 1_000, Promise.reject(new Error('no')), tooLate)).rejects.toThrow('no')
  })

  it('has its say at the deadline, whatever the work is waiting for, and minds no end of it', async () => {
    const clock = createFakeClock()
    const work = Promise.withResolvers<string>()
    const said = withinDeadline(clock, 1_000, work.promise, tooLate)
    await clock.advance(1_000)
    expect(await said).toBe('too late')
    work.reject(new Error('the database hung up'))
  })

  it('lets what it has to say be a failure', async () => {
    const clock = createFakeClock()
    const said = withinDeadline(clock, 1_000, new Promise(() => undefined), () => {
      throw new Error('too late')
    })
    const failure = expect(said).rejects.toThrow('too late')
    await clock.advance(1_000)
    await failure
  })
})
