import { describe, expect, it, vi } from 'vitest'
import { aRegistration } from '../../test/support/a-registration.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { DatabaseUnavailable } from '../registration/database-unavailable.ts'
import { RegistrationGone } from '../registration/registration-gone.ts'
import type { Claim } from '../registration/registration-store.ts'
import type { Settlement } from '../registration/settlement.ts'
import type { Store } from '../store/create-store.ts'
import type { JournalEntry } from './journal-entry.ts'
import { createJournaledStore, type JournaledStore, type JournalWatcher } from './journaled-store.ts'
import type { OutageJournal } from './outage-journal.ts'

const depositUrl = 'https://partner.example/deposit?token=a1b2c3'
const accepted: Settlement = { to: 'succeeded', answer: { success: true }, depositUrl }

function claimOf(id: string): Claim {
  return { id, attempt: 1, probing: false, registration: aRegistration({ id }) }
}

function entryOf(id: string): JournalEntry {
  return { call: { id, attempt: 1 }, settlement: accepted }
}

/** The store before a database and a disk that can each be away, with what lies on either. */
function journaling({ left = [] as JournalEntry[], unreadable = 0 } = {}) {
  const database = { away: false, refuses: '', misses: '', delay: Promise.resolve(), asked: 0, saved: [] as string[] }
  const disk = { full: false, journal: left, rewritten: 0 }
  const settle: Store['settle'] = async ({ id }) => {
    await database.delay
    database.asked++
    if (database.away) throw new DatabaseUnavailable('away')
    if (database.refuses === id) throw new Error('refused')
    if (database.misses === id) throw new RegistrationGone('deleted')
    database.saved.push(id)
    return aRegistration({ id, status: 'succeeded' })
  }
  const claim = vi.fn<Store['claim']>(async ({ id }) => claimOf(id))
  const conclude = vi.fn<Store['conclude']>(async (seen) => seen)
  const write = (entries: JournalEntry[]) => {
    if (disk.full) throw new Error('ENOSPC')
    disk.journal = entries
  }
  const journal: OutageJournal = {
    load: () => ({ entries: disk.journal, unreadable }),
    size: () => 0,
    keys: () => [],
    append: async (entry) => write([...disk.journal, entry]),
    rewrite: async (entries) => {
      disk.rewritten++
      write([...entries()])
    },
  }
  const watcher = {
    journaled: vi.fn<JournalWatcher['journaled']>(),
    refused: vi.fn<JournalWatcher['refused']>(),
    gone: vi.fn<JournalWatcher['gone']>(),
    unreadable: vi.fn<JournalWatcher['unreadable']>(),
    drained: vi.fn<JournalWatcher['drained']>(),
    outdated: vi.fn<JournalWatcher['outdated']>(),
  }
  const clock = createFakeClock()
  const onFile = { settle, claim, conclude } as Partial<Store> as Store
  return {
    store: createJournaledStore(onFile, journal, clock, watcher),
    database,
    disk,
    claim,
    conclude,
    watcher,
    clock,
  }
}

describe('createJournaledStore', () => {
  it('leaves the journal alone while the database is there', async () => {
    const { store, database, disk, watcher } = journaling()
    expect(await store.settle(claimOf('ann'), accepted)).toMatchObject({ status: 'succeeded' })
    expect(database.saved).toEqual(['ann'])
    expect(disk.journal).toEqual([])
    expect(watcher.journaled).not.toHaveBeenCalled()
  })

  it('gives the link although the database is away, once it is on disk, and saves it when the database is back', async () => {
    const { store, database, disk, watcher, clock } = journaling()
    database.away = true
    expect(await store.settle(claimOf('ann'), accepted)).toMatchObject({ status: 'succeeded', depositUrl })
    expect(disk.journal).toEqual([entryOf('ann')])
    expect(watcher.journaled).toHaveBeenCalledExactlyOnceWith('ann', expect.any(DatabaseUnavailable), { onDisk: true })
    await clock.advance(60_000)
    expect(store.waiting).toBe(1)

    database.away = false
    await clock.advance(1_000)
    expect(database.saved).toEqual(['ann'])
    expect(disk.journal).toEqual([])
    expect(watcher.drained).toHaveBeenCalledExactlyOnceWith(1)
    expect(store.waiting).toBe(0)
  })

  it('gives and saves the link also when the disk is full, and says so', async () => {
    const { store, database, disk, watcher, clock } = journaling()
    database.away = true
    disk.full = true
    expect(await store.settle(claimOf('ann'), accepted)).toMatchObject({ depositUrl })
    const kept = { onDisk: false, cause: new Error('ENOSPC') }
    expect(watcher.journaled).toHaveBeenCalledExactlyOnceWith('ann', expect.any(DatabaseUnavailable), kept)
    database.away = false
    await clock.advance(1_000)
    expect(database.saved).toEqual(['ann'])
  })

  it('puts on disk what found no room there, as soon as there is some', async () => {
    const { store, database, disk, watcher, clock } = journaling()
    database.away = true
    disk.full = true
    await store.settle(claimOf('ann'), accepted)
    await clock.advance(1_000)
    expect(watcher.outdated).toHaveBeenCalledExactlyOnceWith(new Error('ENOSPC'))
    disk.full = false
    await clock.advance(1_000)
    expect(disk.journal).toEqual([entryOf('ann')])
  })

  it('empties the journal in the end, although it could not at first', async () => {
    const { store, database, disk, watcher, clock } = journaling({ left: [entryOf('ann')] })
    disk.full = true
    await store.open()
    expect(database.saved).toEqual(['ann'])
    expect(watcher.outdated).toHaveBeenCalledExactlyOnceWith(new Error('ENOSPC'))
    disk.full = false
    await clock.advance(1_000)
    expect(disk.journal).toEqual([])
    expect(database.saved).toEqual(['ann'])
  })

  it('writes what an earlier process left before it is open', async () => {
    const { store, database, disk, watcher } = journaling({ left: [entryOf('ann'), entryOf('bob')], unreadable: 2 })
    await store.open()
    expect(database.saved).toEqual(['ann', 'bob'])
    expect(disk.journal).toEqual([])
    expect(watcher.drained).toHaveBeenCalledExactlyOnceWith(2)
    expect(watcher.unreadable).toHaveBeenCalledExactlyOnceWith(2)
  })

  describe.each([
    [
      'repeats no call',
      'claim',
      (store: JournaledStore, id: string) => store.claim(aRegistration({ id }), crypto.randomUUID()),
    ],
    [
      'gives none up',
      'conclude',
      (store: JournaledStore, id: string) => store.conclude(aRegistration({ id }), { to: 'released' }),
    ],
  ] as const)('%s', (_, name, act) => {
    it('while the result of it waits, until that is written', async () => {
      const { store, database, ...reached } = journaling()
      database.away = true
      await store.settle(claimOf('ann'), accepted)
      await expect(act(store, 'ann')).rejects.toThrow(DatabaseUnavailable)
      expect(reached[name]).not.toHaveBeenCalled()
      await act(store, 'bob')
      expect(reached[name]).toHaveBeenCalledOnce()

      database.away = false
      await act(store, 'ann')
      expect(database.saved).toEqual(['ann'])
      expect(reached[name]).toHaveBeenCalledTimes(2)
    })

    it('while the result of it is on its way', async () => {
      const { store, database, ...reached } = journaling()
      const arrived = Promise.withResolvers<void>()
      database.delay = arrived.promise
      const settling = store.settle(claimOf('ann'), accepted)
      await expect(act(store, 'ann')).rejects.toThrow(DatabaseUnavailable)
      expect(reached[name]).not.toHaveBeenCalled()
      arrived.resolve()
      await settling
      await act(store, 'ann')
      expect(reached[name]).toHaveBeenCalledOnce()
    })
  })

  it('lets a result that the database refuses keep no other from being written', async () => {
    const { store, database, disk, watcher, clock } = journaling({ left: [entryOf('ann'), entryOf('bob')] })
    database.refuses = 'ann'
    await store.open()
    expect(database.saved).toEqual(['bob'])
    expect(disk.journal).toEqual([entryOf('ann')])
    expect(watcher.refused).toHaveBeenCalledExactlyOnceWith('ann', new Error('refused'))
    database.refuses = ''
    await clock.advance(1_000)
    expect(disk.journal).toEqual([])
  })

  it('does not try a database that is away with one result after the other', async () => {
    const { store, database, disk, watcher } = journaling({ left: [entryOf('ann'), entryOf('bob')] })
    database.away = true
    await store.open()
    expect(database.asked).toBe(1)
    expect(watcher.refused).not.toHaveBeenCalled()
    expect(store.waiting).toBe(2)
    expect(disk.journal).toHaveLength(2)
  })

  it('tries once a second, however many results wait, and no longer than it is open', async () => {
    const { store, database, disk, clock } = journaling()
    database.away = true
    for (const id of ['ann', 'bob', 'eve']) await store.settle(claimOf(id), accepted)
    const before = database.asked
    await clock.advance(5_000)
    expect(database.asked - before).toBe(5)
    database.away = false
    await clock.advance(60_000)
    expect(database.saved).toEqual(['ann', 'bob', 'eve'])
    expect(disk.rewritten).toBe(1)
    database.away = true
    await store.settle(claimOf('sue'), accepted)
    await store.close()
    const atTheEnd = database.asked
    await clock.advance(60_000)
    // The pause that was under way is the last one.
    expect(database.asked - atTheEnd).toBeLessThanOrEqual(1)
  })

  it('lets go of a result whose registration was deleted, says so once, and keeps the others', async () => {
    const { store, database, disk, watcher } = journaling({ left: [entryOf('ann'), entryOf('bob')] })
    database.misses = 'ann'
    await store.open()
    expect(database.saved).toEqual(['bob'])
    expect(disk.journal).toEqual([])
    expect(store.waiting).toBe(0)
    expect(watcher.gone).toHaveBeenCalledExactlyOnceWith('ann')
    expect(watcher.refused).not.toHaveBeenCalled()
    expect(watcher.drained).toHaveBeenCalledExactlyOnceWith(1)
  })

  it('forgets on disk what was let go of alone', async () => {
    const { store, database, disk } = journaling({ left: [entryOf('ann')] })
    database.misses = 'ann'
    await store.open()
    expect(disk.journal).toEqual([])
  })

  it('tries once more to write what waits when it is closed, and leaves the rest on disk', async () => {
    const { store, database, disk } = journaling()
    database.away = true
    await store.settle(claimOf('ann'), accepted)
    database.away = false
    await store.close()
    expect(database.saved).toEqual(['ann'])
    expect(disk.journal).toEqual([])
    database.away = true
    await store.settle(claimOf('bob'), accepted)
    await store.close()
    expect(disk.journal).toEqual([entryOf('bob')])
  })
})
