import { fingerprint } from './fingerprint.ts'
import { itemNames, readItem, removeItem, writeItem } from './page-storage.ts'
import { randomKey } from './random-key.ts'

/** How long the server replays a finished registration (its REPLAY_FOR); an older key is worth nothing. */
const KEEP_MS = 24 * 60 * 60 * 1000

const PREFIX = 'registration:'

interface StoredKey {
  slot: string
  key: string
  createdAt: number
  /** Whether this browser has yet to hear the outcome. */
  open: boolean
}

function write({ slot, key, createdAt, open }: StoredKey): void {
  writeItem(slot, `${key} ${createdAt}${open ? '' : ' settled'}`)
}

function find(slot: string): StoredKey | undefined {
  const [key = '', time, settled] = (readItem(slot) ?? '').split(' ')
  const createdAt = Number(time)
  // Distance rather than age: a clock that is set back must not keep a key for ever.
  return Math.abs(Date.now() - createdAt) < KEEP_MS ? { slot, key, createdAt, open: !settled } : undefined
}

function findOrMake(slot: string): string {
  const found = find(slot)
  if (!found) for (const other of itemNames(PREFIX)) if (!find(other)) removeItem(other)
  const stored = { slot, key: randomKey(), createdAt: Date.now(), ...found, open: true }
  write(stored)
  return stored.key
}

/** Where the key of this e-mail's registration is kept. Nothing personal can be read from it. */
export function keySlot(endpoint: string, email: string): string {
  return `${PREFIX}${endpoint}:${fingerprint(email.toLowerCase())}`
}

/**
 * The key under which this registration is sent, stored before it is returned: whoever comes back after a reload, in
 * another tab or after a crash finds the same one. A Web Lock keeps two tabs from making one each.
 */
export async function openKey(slot: string): Promise<string> {
  try {
    return await navigator.locks.request(slot, () => findOrMake(slot))
  } catch {
    return findOrMake(slot)
  }
}

/** Nothing is left to resume. The key stays: the same e-mail gets the same outcome again. */
export function settleKey(slot: string): void {
  const found = find(slot)
  if (found) write({ ...found, open: false })
}

/** The next call for this e-mail is a new registration. */
export function dropKey(slot: string): void {
  removeItem(slot)
}

/** The latest registration with this server whose outcome never reached this browser. */
export function unfinishedKey(endpoint: string): StoredKey | undefined {
  return itemNames(`${PREFIX}${endpoint}:`)
    .map(find)
    .filter((stored) => stored?.open)
    .sort((one, other) => (other?.createdAt ?? 0) - (one?.createdAt ?? 0))[0]
}
