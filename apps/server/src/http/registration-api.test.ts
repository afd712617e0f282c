import { describe, expect, it } from 'vitest'
import { createInFlight } from './registration-api.ts'

const overloaded = expect.objectContaining({ code: 'OVERLOADED', retryAfterMs: 1_000 })
const neverCongested = () => false

/** Work that the test resolves or rejects. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  return { run: () => promise, resolve, reject }
}

describe('createInFlight', () => {
  it('a call beyond the limit is refused without being started', async () => {
    const inFlight = createInFlight(2, neverCongested)
    const [first, second] = [work(), work()]
    const running = [inFlight.run(first.run), inFlight.run(second.run)]
    await expect(inFlight.run(() => expect.unreachable())).rejects.toEqual(overloaded)
    first.resolve('first')
    expect(await running[0]).toBe('first')
    expect(await inFlight.run(async () => 'third')).toBe('third')
    second.resolve('second')
    expect(await running[1]).toBe('second')
    expect(inFlight.count).toBe(0)
  })

  it('a failed call frees its place', async () => {
    const inFlight = createInFlight(1, neverCongested)
    await expect(inFlight.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect(await inFlight.run(async () => 'next')).toBe('next')
  })

  it('calls are refused while the database is congested', async () => {
    let congested = true
    const inFlight = createInFlight(10, () => congested)
    await expect(inFlight.run(() => expect.unreachable())).rejects.toEqual(overloaded)
    congested = false
    expect(await inFlight.run(async () => 'fine')).toBe('fine')
  })

  it('work whose caller has left still counts', async () => {
    const inFlight = createInFlight(1, neverCongested)
    const left = work()
    inFlight.waitUntil(left.run())
    await expect(inFlight.run(() => expect.unreachable())).rejects.toEqual(overloaded)
    left.reject(new Error('nobody hears it'))
    await left.run().catch(() => undefined)
    expect(inFlight.count).toBe(0)
  })

  describe('while draining', () => {
    it('new calls are refused, and drain resolves when the last one ends', async () => {
      const inFlight = createInFlight(10, neverCongested)
      const [call, kept] = [work(), work()]
      const answered = inFlight.run(call.run)
      inFlight.waitUntil(kept.run())
      let drained = false
      const draining = inFlight.drain().then(() => {
        drained = true
      })
      await expect(inFlight.run(() => expect.unreachable())).rejects.toEqual(overloaded)
      call.resolve('answered')
      expect(await answered).toBe('answered')
      expect(drained).toBe(false)
      kept.resolve('finished')
      await draining
    })

    it('drain resolves at once when no call is in progress', async () => {
      await createInFlight(10, neverCongested).drain()
    })
  })
})
