import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { dropKey, forget, keySlot, openKey, otherKey, settleKey, unfinishedKey } from './registration-key.ts'

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
  const key = openKey(slot)
  expect(key).toMatch(/^[0-9a-f]{32}$/)
  expect(storage[slot]).toContain(key)
  expect(openKey(keySlot(endpoint, 'bob@example.com'))).not.toBe(key)
})

it('finds the same key again, whatever the case of the e-mail', async () => {
  const key = openKey(keySlot(endpoint, 'Ann@Example.com'))
  expect(openKey(keySlot(endpoint, 'ann@example.com'))).toBe(key)
})

it('keeps one key for each server', async () => {
  const key = openKey(keySlot(endpoint, 'ann@example.com'))
  expect(openKey(keySlot('https://other.example.com', 'ann@example.com'))).not.toBe(key)
})

it('writes nothing down from which the visitor could be read', async () => {
  openKey(keySlot(endpoint, 'ann@example.com'))
  expect(JSON.stringify(storage)).not.toMatch(/ann|example\.com:ann/i)
})

it('makes a new key after a rejection', async () => {
  const slot = keySlot(endpoint, 'ann@example.com')
  const key = openKey(slot)
  dropKey(slot)
  expect(openKey(slot)).not.toBe(key)
})

it('keeps a key for as long as the server replays it, and sweeps it out afterwards', async () => {
  const [ann, bob] = [keySlot(endpoint, 'ann@example.com'), keySlot(endpoint, 'bob@example.com')]
  const key = openKey(ann)
  vi.advanceTimersByTime(DAY_MS - 1)
  expect(openKey(ann)).toBe(key)
  vi.advanceTimersByTime(1)
  storage['cart'] = 'of the page itself'
  openKey(bob)
  expect(Object.keys(storage)).toEqual(['cart', bob])
})

it('does not keep a key forever when the clock is set back', async () => {
  const slot = keySlot(endpoint, 'ann@example.com')
  const key = openKey(slot)
  vi.setSystemTime(Date.now() - 2 * DAY_MS)
  expect(openKey(slot)).not.toBe(key)
})

it('replaces what something else has written there', async () => {
  const slot = keySlot(endpoint, 'ann@example.com')
  storage[slot] = 'nonsense'
  expect(openKey(slot)).toMatch(/^[0-9a-f]{32}$/)
})

it('knows the latest registration whose outcome was never heard', async () => {
  const [ann, bob, eve] = ['ann', 'bob', 'eve'].map((name) => keySlot(endpoint, `${name}@example.com`)) as [
    string,
    string,
    string,
  ]
  expect(unfinishedKey(endpoint)).toBeUndefined()
  openKey(ann)
  vi.advanceTimersByTime(1000)
  const key = openKey(bob)
  vi.advanceTimersByTime(1000)
  openKey(eve)
  settleKey(eve)
  openKey(keySlot('https://other.example.com', 'eve@example.com'))
  expect(unfinishedKey(endpoint)).toMatchObject({ slot: bob, key })
})

it('opens a settled key again with the next call', async () => {
  const slot = keySlot(endpoint, 'ann@example.com')
  const key = openKey(slot)
  settleKey(slot)
  expect(unfinishedKey(endpoint)).toBeUndefined()
  expect(openKey(slot)).toBe(key)
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
  const key = openKey(slot)
  expect(openKey(slot)).toBe(key)
  expect(unfinishedKey(endpoint)).toMatchObject({ key })
  settleKey(slot)
  expect(unfinishedKey(endpoint)).toBeUndefined()
  expect(openKey(slot)).toBe(key)
  dropKey(slot)
  expect(openKey(slot)).not.toBe(key)
  dropKey(slot)
})

it('does not let a long-lived process fill its memory with visitors', async () => {
  vi.stubGlobal('window', undefined)
  const slots = Array.from({ length: 1200 }, (_, i) => keySlot(endpoint, `visitor-${i}@example.com`))
  const keys = slots.map(openKey)
  expect(openKey(slots.at(-1) ?? '')).toBe(keys.at(-1))
  expect(openKey(slots[0] ?? '')).not.toBe(keys[0])
})

it('leaves alone what the page keeps under a name that looks like ours', async () => {
  storage['registration:draft'] = 'of the page itself'
  storage['@registration/sdk:draft'] = 'of the page itself'
  openKey(keySlot(endpoint, 'ann@example.com'))
  forget()
  expect(Object.keys(storage)).toEqual(['registration:draft', '@registration/sdk:draft'])
})

it('takes the key of another tab that was stored in the same moment', () => {
  const slot = keySlot(endpoint, 'twins@example.com')
  const key = openKey(slot)
  expect(otherKey(slot, key)).toBe(key)
  storage[slot] = `${'a'.repeat(32)} ${Date.now()}`
  expect(otherKey(slot, key)).toBe('a'.repeat(32))
})

it('forgets every key', () => {
  openKey(keySlot(endpoint, 'ann@example.com'))
  openKey(keySlot('https://other.example.com', 'bob@example.com'))
  forget()
  expect(storage).toEqual({})
})

it.each(['storage that throws at each access', 'storage whose writes get lost'])(
  'remembers for the life of the page with %s',
  (kind) => {
    const refuse = () => {
      throw new DOMException('insecure', 'SecurityError')
    }
    const traps = { get: refuse, set: refuse, ownKeys: refuse, deleteProperty: refuse }
    const lossy = { set: () => true }
    vi.stubGlobal('window', { localStorage: new Proxy({}, kind.includes('throws') ? traps : lossy) })
    const slot = keySlot(endpoint, `${kind}@example.com`)
    const key = openKey(slot)
    expect(openKey(slot)).toBe(key)
    dropKey(slot)
    expect(openKey(slot)).not.toBe(key)
    dropKey(slot)
  },
)
