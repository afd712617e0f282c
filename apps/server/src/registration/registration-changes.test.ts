import { describe, expect, it, vi } from 'vitest'
import { aRegistration } from '../../test/support/a-registration.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import type { Registration } from './registration.ts'
import { createRegistrationChanges } from './registration-changes.ts'

const seen = aRegistration()
const finished = aRegistration({ status: 'succeeded', asking: false })

function createContext(saved: () => Promise<Registration>) {
  const clock = createFakeClock()
  const read = vi.fn(saved)
  return { clock, read, changes: createRegistrationChanges(read, clock) }
}

describe('createRegistrationChanges', () => {
  it('waitFor resolves when another process has changed the registration', async () => {
    let saved = seen
    const { clock, changes } = createContext(async () => saved)
    const change = changes.waitFor(seen, 10_000)
    await clock.advance(1_000)
    saved = finished
    await clock.advance(500)
    expect(await change).toBe(finished)
  })

  it('waitFor resolves at once when this process notifies', async () => {
    const { clock, read, changes } = createContext(async () => seen)
    const change = changes.waitFor(seen, 10_000)
    changes.notify(finished)
    expect(await change).toBe(finished)
    expect(read).not.toHaveBeenCalled()
    await clock.advance(10_000)
  })

  it.each([
    ['status', { status: 'uncertain' }],
    ['number of attempts', { attempts: 2 }],
    ['call in progress', { asking: false }],
  ] as const)('waitFor resolves for another %s', async (_, difference) => {
    const { changes } = createContext(async () => seen)
    const change = changes.waitFor(seen, 10_000)
    changes.notify({ ...seen, ...difference })
    expect(await change).toMatchObject(difference)
  })

  it('waitFor does not resolve for other fields or registrations', async () => {
    const { clock, changes } = createContext(async () => ({ ...seen, nextAttemptInMs: 1 }))
    const change = changes.waitFor(seen, 1_000)
    changes.notify(aRegistration({ id: 'another', status: 'succeeded' }))
    await clock.advance(1_000)
    expect(await change).toBeUndefined()
  })

  it('concurrent waiters share one polling loop', async () => {
    const { clock, read, changes } = createContext(async () => seen)
    const resolved = Array.from({ length: 100 }, () => changes.waitFor(seen, 1_000))
    await clock.advance(1_000)
    expect(await Promise.all(resolved)).toEqual(Array(100).fill(undefined))
    expect(read.mock.calls.length).toBeGreaterThan(3)
    expect(read.mock.calls.length).toBeLessThan(15)
  })

  it('polls fast at first and twice a second in the end', async () => {
    const { clock, read, changes } = createContext(async () => seen)
    const change = changes.waitFor(seen, 60_000)
    await clock.advance(25)
    expect(read).toHaveBeenCalledTimes(1)
    await clock.advance(30_000)
    read.mockClear()
    await clock.advance(10_000)
    expect(read).toHaveBeenCalledTimes(20)
    await clock.advance(20_000)
    expect(await change).toBeUndefined()
  })

  it('continues to poll while the database is unavailable', async () => {
    let isUnavailable = true
    const { clock, changes } = createContext(async () => {
      if (isUnavailable) throw new Error('unavailable')
      return finished
    })
    const change = changes.waitFor(seen, 10_000)
    await clock.advance(2_000)
    isUnavailable = false
    await clock.advance(500)
    expect(await change).toBe(finished)
  })

  it('stops polling without waiters', async () => {
    const { clock, read, changes } = createContext(async () => seen)
    const change = changes.waitFor(seen, 100)
    await clock.advance(1_000)
    await change
    read.mockClear()
    await clock.advance(10_000)
    expect(read).not.toHaveBeenCalled()
  })
})
