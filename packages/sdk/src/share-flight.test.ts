import { expect, it, vi } from 'vitest'
import type { Registration } from './registration.ts'
import type { ProgressListener } from './registration-progress.ts'
import { isInFlight, shareFlight } from './share-flight.ts'

const registration: Registration = {
  depositUrl: 'https://partner.example/in',
  registrationId: 'r-1',
  userData: { email: 'ann@example.com', name: null, visitorId: 'v-1' },
  replayed: false,
}

/** A registration that ends when the test says so. */
function begun() {
  const { promise, resolve, reject } = Promise.withResolvers<Registration>()
  let report: ProgressListener = () => {}
  const begin = vi.fn((told: ProgressListener) => {
    report = told
    return promise
  })
  return { begin, resolve, reject, report: (...status: Parameters<ProgressListener>) => report(...status) }
}

it('makes a double click one registration', async () => {
  const { begin, resolve } = begun()
  const [first, second] = [shareFlight('a', {}, begin), shareFlight('a', {}, begin)]
  resolve(registration)
  expect(await first).toBe(await second)
  expect(begin).toHaveBeenCalledTimes(1)
})

it('begins again when the last one has ended', async () => {
  const { begin, reject } = begun()
  const first = shareFlight('b', {}, begin)
  expect(isInFlight('b')).toBe(true)
  reject(new Error('refused'))
  await expect(first).rejects.toThrow('refused')
  await expect.poll(() => isInFlight('b')).toBe(false)
  await shareFlight('b', {}, async () => registration)
})

it('tells everybody how far it is, also who came later', async () => {
  const { begin, resolve, report } = begun()
  const [early, late] = [vi.fn<ProgressListener>(), vi.fn<ProgressListener>()]
  shareFlight('c', { onStatus: early }, begin)
  report('sending', { attempt: 1 })
  const joined = shareFlight('c', { onStatus: late }, begin)
  report('done', { attempt: 1 })
  resolve(registration)
  await joined
  expect(early.mock.calls).toEqual([
    ['sending', { attempt: 1 }],
    ['done', { attempt: 1 }],
  ])
  expect(late.mock.calls).toEqual(early.mock.calls)
})

it('stops only the aborting caller’s wait, not the registration', async () => {
  const { begin, resolve, report } = begun()
  const leaving = new AbortController()
  const onStatus = vi.fn<ProgressListener>()
  const left = shareFlight('d', { signal: leaving.signal, onStatus }, begin)
  const stayed = shareFlight('d', {}, begin)
  leaving.abort()
  await expect(left).rejects.toMatchObject({ name: 'RegistrationError', code: 'ABORTED', retryable: false })
  report('waiting', { attempt: 1 })
  resolve(registration)
  expect(await stayed).toBe(registration)
  expect(onStatus).not.toHaveBeenCalled()
})

it('begins nothing for a signal that is already aborted', async () => {
  const { begin } = begun()
  await expect(shareFlight('e', { signal: AbortSignal.abort() }, begin)).rejects.toMatchObject({ code: 'ABORTED' })
  expect(begin).not.toHaveBeenCalled()
})

it("leaves an error of the page's own listener to the page", async () => {
  const { begin, resolve, report } = begun()
  const uncaught = Promise.withResolvers<Error>()
  process.once('uncaughtException', uncaught.resolve)
  const outcome = shareFlight(
    'f',
    {
      onStatus() {
        throw new Error('of the page')
      },
    },
    begin,
  )
  report('sending', { attempt: 1 })
  resolve(registration)
  expect(await outcome).toBe(registration)
  expect((await uncaught.promise).message).toBe('of the page')
})
