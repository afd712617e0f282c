import { describe, expect, it, vi } from 'vitest'
import { aRegistration } from '../../test/support/a-registration.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import type { Registration } from './registration.ts'
import { createRegistrationChanges } from './registration-changes.ts'

const seen = aRegistration()
const finished = aRegistration({ status: 'succeeded', asking: false })

function watching(onFile: () => Promise<Registration>) {
  const clock = createFakeClock()
  const read = vi.fn(onFile)
  return { clock, read, watch: createRegistrationChanges(read, clock) }
}

describe('createWatch', () => {
  it('tells when another process has moved the registration on', async () => {
    let onFile = seen
    const { clock, watch } = watching(async () => onFile)
    const change = watch.waitFor(seen, 10_000)
    await clock.advance(1_000)
    onFile = finished
    await clock.advance(500)
    expect(await change).toBe(finished)
  })

  it('tells at once when this process has', async () => {
    const { clock, read, watch } = watching(async () => seen)
    const change = watch.waitFor(seen, 10_000)
    watch.notify(finished)
    expect(await change).toBe(finished)
    expect(read).not.toHaveBeenCalled()
    await clock.advance(10_000)
  })

  it.each([
    ['its status', { status: 'uncertain' }],
    ['its attempts', { attempts: 2 }],
    ['whether its call is under way', { asking: false }],
  ] as const)('takes another %s for a change', async (_, difference) => {
    const { watch } = watching(async () => seen)
    const change = watch.waitFor(seen, 10_000)
    watch.notify({ ...seen, ...difference })
    expect(await change).toMatchObject(difference)
  })

  it('takes nothing else for one', async () => {
    const { clock, watch } = watching(async () => ({ ...seen, nextAttemptInMs: 1 }))
    const change = watch.waitFor(seen, 1_000)
    watch.notify(aRegistration({ id: 'another', status: 'succeeded' }))
    await clock.advance(1_000)
    expect(await change).toBeUndefined()
  })

  it('looks as often for many who wait as for one', async () => {
    const { clock, read, watch } = watching(async () => seen)
    const changes = Array.from({ length: 100 }, () => watch.waitFor(seen, 1_000))
    await clock.advance(1_000)
    expect(await Promise.all(changes)).toEqual(Array(100).fill(undefined))
    expect(read.mock.calls.length).toBeGreaterThan(3)
    expect(read.mock.calls.length).toBeLessThan(15)
  })

  it('looks soon at first, and twice a second in the end', async () => {
    const { clock, read, watch } = watching(async () => seen)
    const change = watch.waitFor(seen, 60_000)
    await clock.advance(25)
    expect(read).toHaveBeenCalledTimes(1)
    await clock.advance(30_000)
    read.mockClear()
    await clock.advance(10_000)
    expect(read).toHaveBeenCalledTimes(20)
    await clock.advance(20_000)
    expect(await change).toBeUndefined()
  })

  it('goes on polling while the database is unavailable for a moment', async () => {
    let away = true
    const { clock, watch } = watching(async () => {
      if (away) throw new Error('away')
      return finished
    })
    const change = watch.waitFor(seen, 10_000)
    await clock.advance(2_000)
    away = false
    await clock.advance(500)
    expect(await change).toBe(finished)
  })

  it('stops looking when nobody waits any more', async () => {
    const { clock, read, watch } = watching(async () => seen)
    const change = watch.waitFor(seen, 100)
    await clock.advance(1_000)
    await change
    read.mockClear()
    await clock.advance(10_000)
    expect(read).not.toHaveBeenCalled()
  })
})
