import { fingerprint } from './fingerprint.ts'
import { itemNames, readItem, removeItem, writeItem } from './page-storage.ts'
import { randomKey } from './random-key.ts'

/** How long the server replays a finished registration (its REPLAY_FOR); an older key is worth nothing. */
const KEEP_MS = 24 * 60 * 60 * 1000

const PREFIX = 'registration:'

interface StoredKey {
  key: string
  createdAt: number
  /** Whether the outcome was still unknown to this browser when last heard of. */
  open: boolean
}

function write(slot: string, { key, createdAt, open }: StoredKey): void {
  writeItem(slot, `${key} ${createdAt} ${open ? 'open' : 'settled'}`)
}

function find(slot: string): StoredKey | undefined {
  const [, key, createdAt, state] = /^(\S+) (\d+) (\w+)$/.exec(readItem(slot) ?? '') ?? []
  // A clock that was set back makes a key old too, rather than everlasting.
  if (!key || Math.abs(Date.now() - Number(createdAt)) > KEEP_MS) return undefined
  return { key, createdAt: Number(createdAt), open: state === 'open' }
}

function findOrMake(slot: string): string {
  const found = find(slot)
  if (!found) for (const name of itemNames(PREFIX)) if (!find(name)) removeItem(name)
  const { key, createdAt } = found ?? { key: randomKey(), createdAt: Date.now() }
  write(slot, { key, createdAt, open: true })
  return key
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
  if (found) write(slot, { ...found, open: false })
}

/** The next call for this e-mail is a new registration. */
export function dropKey(slot: string): void {
  removeItem(slot)
}

/** The latest registration with this server whose outcome never reached this browser. */
export function unfinishedKey(endpoint: string): (StoredKey & { slot: string }) | undefined {
  return itemNames(`${PREFIX}${endpoint}:`)
    .map((slot) => ({ slot, ...find(slot) }))
    .filter((entry): entry is StoredKey & { slot: string } => !!entry.open)
    .sort((one, other) => other.createdAt - one.createdAt)[0]
}
