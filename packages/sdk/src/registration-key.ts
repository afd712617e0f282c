import { fingerprint } from './fingerprint.ts'
import { itemNames, readItem, removeItem, writeItem } from './page-storage.ts'
import { randomKey } from './random-key.ts'

/** How long the server replays a finished registration (its REPLAY_FOR); an older key is worth nothing. */
const KEEP_MS = 24 * 60 * 60 * 1000

const PREFIX = '@registration/sdk:'

/** What this file writes: the key, when it was made, and whether the outcome is known. Anything else is the page's. */
const ENTRY = /^([0-9a-f]{32}) (\d+)( settled)?$/

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

function parse(slot: string): StoredKey | undefined {
  const [, key, time, settled] = ENTRY.exec(readItem(slot) ?? '') ?? []
  return key ? { slot, key, createdAt: Number(time), open: !settled } : undefined
}

/** Distance rather than age: a clock that is set back must not keep a key forever. */
function isFresh({ createdAt }: StoredKey): boolean {
  return Math.abs(Date.now() - createdAt) < KEEP_MS
}

function find(slot: string): StoredKey | undefined {
  const stored = parse(slot)
  return stored && isFresh(stored) ? stored : undefined
}

function storedKeys(prefix: string): StoredKey[] {
  return itemNames(prefix)
    .map(parse)
    .filter((stored) => stored !== undefined)
}

/** Where the key of this e-mail's registration is kept. Nothing personal can be read from it. */
export function keySlot(endpoint: string, email: string): string {
  return `${PREFIX}${endpoint}:${fingerprint(email.toLowerCase())}`
}

/**
 * The key under which this registration is sent, stored before it is returned: after a reload, in another tab or after a
 * crash the same one is found. Nothing is waited for, since the page may go away in the same turn. Two tabs that call in the same
 * moment may make one each; `otherKey` brings them together.
 */
export function openKey(slot: string): string {
  const found = find(slot)
  if (!found) for (const other of storedKeys(PREFIX)) if (!isFresh(other)) removeItem(other.slot)
  const stored = { slot, key: randomKey(), createdAt: Date.now(), ...found, open: true }
  write(stored)
  return stored.key
}

/** The key that another tab has stored for the same registration meanwhile; `key` itself where none has. */
export function otherKey(slot: string, key: string): string {
  return find(slot)?.key ?? key
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
  return storedKeys(`${PREFIX}${endpoint}:`)
    .filter((stored) => stored.open && isFresh(stored))
    .sort((one, other) => other.createdAt - one.createdAt)[0]
}

/**
 * Removes every key that this browser keeps, for computers that several people use: nobody who comes after finds this
 * visitor's registration. A registration under way goes on, and can't be resumed.
 */
export function forget(): void {
  for (const { slot } of storedKeys(PREFIX)) removeItem(slot)
}
