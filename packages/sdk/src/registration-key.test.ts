import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { dropKey, keySlot, openKey, settleKey, unfinishedKey } from './registration-key.ts'

const endpoint = 'https://reg.example.com'
const DAY_MS = 24 * 60 * 60 * 1000

let storage: Record<string, string>

beforeEach(() => {
  storage = {}
  vi.stubGlobal('window', { localStorage: storage })
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('makes 128 random bits and has stored them before it answers', async () => {
  const slot = keySlot(endpoint, 'ann@example.com')
  const key = await openKey(slot)
  expect(key).toMatch(/^[0-9a-f]{32}$/)
  expect(storage[slot]).toContain(key)
  expect(await openKey(keySlot(endpoint, 'bob@example.com'))).not.toBe(key)
})

it('finds the same key again, whatever the case of the e-mail', async () => {
  const key = await openKey(keySlot(endpoint, 'Ann@Example.com'))
  expect(await openKey(keySlot(endpoint, 'ann@example.com'))).toBe(key)
})

it('keeps one key for each server', async () => {
  const key = await openKey(keySlot(endpoint, 'ann@example.com'))
  expect(await openKey(keySlot('https://other.example.com', 'ann@example.com'))).not.toBe(key)
})

it('writes nothing down from which the visitor could be read', async () => {
  await openKey(keySlot(endpoint, 'ann@example.com'))
  expect(JSON.stringify(storage)).not.toMatch(/ann|example\.com:ann/i)
})

it('makes a new key after a refusal', async () => {
  const slot = keySlot(endpoint, 'ann@example.com')
  const key = await openKey(slot)
  dropKey(slot)
  expect(await openKey(slot)).not.toBe(key)
})

it('keeps a key for as long as the server replays it, and sweeps it out afterwards', async () => {
  const [ann, bob] = [keySlot(endpoint, 'ann@example.com'), keySlot(endpoint, 'bob@example.com')]
  const key = await openKey(ann)
  vi.advanceTimersByTime(DAY_MS - 1)
  expect(await openKey(ann)).toBe(key)
  vi.advanceTimersByTime(1)
  storage['cart'] = 'of the page itself'
  await openKey(bob)
  expect(Object.keys(storage)).toEqual(['cart', bob])
})

it('does not keep a key for ever when the clock is set back', async () => {
  const slot = keySlot(endpoint, 'ann@example.com')
  const key = await openKey(slot)
  vi.setSystemTime(Date.now() - 2 * DAY_MS)
  expect(await openKey(slot)).not.toBe(key)
})

it('replaces what something else has written there', async () => {
  const slot = keySlot(endpoint, 'ann@example.com')
  storage[slot] = 'nonsense'
  expect(await openKey(slot)).toMatch(/^[0-9a-f]{32}$/)
})

it('knows the latest registration whose outcome was never heard', async () => {
  const [ann, bob, eve] = ['ann', 'bob', 'eve'].map((name) => keySlot(endpoint, `${name}@example.com`)) as [
    string,
    string,
    string,
  ]
  expect(unfinishedKey(endpoint)).toBeUndefined()
  await openKey(ann)
  vi.advanceTimersByTime(1000)
  const key = await openKey(bob)
  vi.advanceTimersByTime(1000)
  await openKey(eve)
  settleKey(eve)
  await openKey(keySlot('https://other.example.com', 'eve@example.com'))
  expect(unfinishedKey(endpoint)).toMatchObject({ slot: bob, key })
})

it('opens a settled key again with the next call', async () => {
  const slot = keySlot(endpoint, 'ann@example.com')
  const key = await openKey(slot)
  settleKey(slot)
  expect(unfinishedKey(endpoint)).toBeUndefined()
  expect(await openKey(slot)).toBe(key)
  expect(unfinishedKey(endpoint)).toMatchObject({ key })
})

it.each<[string, () => unknown]>([
  [
    'is blocked',
    () => ({
      get localStorage() {
        throw new DOMException('insecure', 'SecurityError')
      },
    }),
  ],
  ['is missing from the web view', () => ({ localStorage: null })],
  ['is full', () => ({ localStorage: Object.freeze({}) })],
  ['does not exist, as in Node', () => undefined],
])('remembers for the life of the page where storage %s', async (_, window) => {
  vi.stubGlobal('window', window())
  const slot = keySlot(endpoint, `${_}@example.com`)
  const key = await openKey(slot)
  expect(await openKey(slot)).toBe(key)
  expect(unfinishedKey(endpoint)).toMatchObject({ key })
  settleKey(slot)
  expect(unfinishedKey(endpoint)).toBeUndefined()
  expect(await openKey(slot)).toBe(key)
  dropKey(slot)
  expect(await openKey(slot)).not.toBe(key)
  dropKey(slot)
})

it('does not let a long-lived process fill its memory with visitors', async () => {
  vi.stubGlobal('window', undefined)
  const slots = Array.from({ length: 1200 }, (_, i) => keySlot(endpoint, `visitor-${i}@example.com`))
  const keys = await Promise.all(slots.map(openKey))
  expect(await openKey(slots.at(-1) ?? '')).toBe(keys.at(-1))
  expect(await openKey(slots[0] ?? '')).not.toBe(keys[0])
})

it('waits for another tab that is making the key, and takes that one', async () => {
  const slot = keySlot(endpoint, 'twins@example.com')
  const locked = Promise.withResolvers<void>()
  const written = Promise.withResolvers<void>()
  const otherTab = navigator.locks.request(slot, async () => {
    locked.resolve()
    await written.promise
  })
  await locked.promise
  const key = openKey(slot)
  storage[slot] = `${'a'.repeat(32)} ${Date.now()}`
  written.resolve()
  await otherTab
  expect(await key).toBe('a'.repeat(32))
})

it('does without locks where there are none', async () => {
  vi.stubGlobal('navigator', {})
  const slot = keySlot(endpoint, 'alone@example.com')
  expect(await openKey(slot)).toBe(await openKey(slot))
})
