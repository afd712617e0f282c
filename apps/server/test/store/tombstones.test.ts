import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { createTombstones } from '../../src/store/tombstones.ts'
import { openStore } from '../support/open-store.ts'

it('a tombstone is the same for an e-mail in upper and lower case, differs between databases, and is no plain hash', async () => {
  await using here = await openStore()
  await using elsewhere = await openStore()
  const tombstoneOf = await createTombstones(here.db, here.box)
  const tombstone = tombstoneOf('ann@example.com')
  expect(tombstoneOf(' Ann@Example.COM')).toBe(tombstone)
  expect(tombstoneOf('bob@example.com')).not.toBe(tombstone)
  expect((await createTombstones(here.db, here.box))('ann@example.com')).toBe(tombstone)
  expect((await createTombstones(elsewhere.db, elsewhere.box))('ann@example.com')).not.toBe(tombstone)
  expect(tombstone).not.toContain(createHash('sha256').update('ann@example.com').digest('base64url'))
})
