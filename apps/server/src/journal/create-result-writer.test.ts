import { describe, expect, it, vi } from 'vitest'
import { aRegistration } from '../../test/support/a-registration.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import type { Claim } from '../registration/registration-store.ts'
import type { Settlement } from '../registration/settlement.ts'
import {
  DatabaseUnavailable,
  RegistrationGone,
  ResultUnwritable,
  RowTemporarilyUnwritable,
} from '../registration/store-errors.ts'
import type { Store } from '../store/create-store.ts'
import { createResultWriter, type JournalListener, type ResultWriter } from './create-result-writer.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { OutageJournal } from './outage-journal.ts'

const LEASE_MS = 34_000
const depositUrl = 'https://partner.example/deposit?token=a1b2c3'
const accepted: Settlement = { to: 'succeeded', answer: { success: true }, depositUrl }

function claimOf(id: string): Claim {
  return { id, attempt: 1, probing: false, registration: aRegistration({ id }) }
}

function entryOf(id: string): JournalEntry {
  return { call: { id, attempt: 1 }, settlement: accepted }
}

/** A result writer whose database and disk can each be unavailable, with the contents of both. */
function journaling({ left = [] as JournalEntry[], unreadable = 0, reads = {} as Partial<Store> } = {}) {
  const database = {
    away: false,
    refuses: '',
    cannotTake: '',
    misses: '',
    delay: Promise.resolve(),
    asked: 0,
    saved: [] as string[],
  }
  const disk = { full: false, journal: left, rewritten: 0 }
  const settle: Store['settle'] = async ({ id }) => {
    await database.delay
    database.asked++
    if (database.away) throw new DatabaseUnavailable('away')
    if (database.refuses === id) throw new RowTemporarilyUnwritable('refused', { isBrief: true })
    if (database.cannotTake === id) throw new ResultUnwritable('no such text')
    if (database.misses === id) throw new RegistrationGone('deleted')
    database.saved.push(id)
    return aRegistration({ id, status: 'succeeded' })
  }
  const claim = vi.fn<Store['claim']>(async ({ id }) => claimOf(id))
  const closeRegistration = vi.fn<Store['closeRegistration']>(async (seen) => seen)
  const put = (entries: JournalEntry[]) => {
    if (disk.full) throw new Error('ENOSPC')
    disk.journal = entries
  }
  const journal: OutageJournal = {
    load: () => ({ entries: disk.journal, unreadable }),
    size: () => 0,
    keys: () => [],
    append: async (entry) => put([...disk.journal, entry]),
    rewrite: async (entries) => {
      disk.rewritten++
      put([...entries()])
    },
  }
  const watcher = {
    journaled: vi.fn<JournalListener['journaled']>(),
    refused: vi.fn<JournalListener['refused']>(),
    unwritable: vi.fn<JournalListener['unwritable']>(),
    gone: vi.fn<JournalListener['gone']>(),
    unreadable: vi.fn<JournalListener['unreadable']>(),
    drained: vi.fn<JournalListener['drained']>(),
    outdated: vi.fn<JournalListener['outdated']>(),
  }
  const clock = createFakeClock()
  const write: Store['write'] = async (call, settlement) => void (await settle(call as Claim, settlement))
  const extendLeases = vi.fn<Store['extendLeases']>(async () => undefined)
  const innerStore = { settle, write, extendLeases, claim, closeRegistration, ...reads } as Partial<Store> as Store
  return {
    store: createResultWriter({ store: innerStore, journal, clock, leaseMs: LEASE_MS, listener: watcher }),
    database,
    disk,
    claim,
    closeRegistration,
    extendLeases,
    watcher,
    clock,
  }
}

describe('createResultWriter', () => {
  it('the journal is not written while the database is available', async () => {
    const { store, database, disk, watcher } = journaling()
    expect(await store.settle(claimOf('ann'), accepted)).toMatchObject({ status: 'succeeded' })
    expect(database.saved).toEqual(['ann'])
    expect(disk.journal).toEqual([])
    expect(watcher.journaled).not.toHaveBeenCalled()
  })

  it('a result is returned once it is in the journal if the database is unavailable, and saved when it is back', async () => {
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

  it('a result is returned and saved, and the full disk reported, if the journal cannot be written', async () => {
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

  it('a result that did not fit on disk is journaled as soon as there is space', async () => {
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

  it('the journal is emptied later if that failed at first', async () => {
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

  it('results of an earlier process are saved before open resolves', async () => {
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
      (store: ResultWriter, id: string) => store.claim(aRegistration({ id }), crypto.randomUUID()),
    ],
    [
      'gives none up',
      'closeRegistration',
      (store: ResultWriter, id: string) => store.closeRegistration(aRegistration({ id }), { to: 'released' }),
    ],
  ] as const)('%s', (_, name, act) => {
    it('while its result waits, until it is saved', async () => {
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

    it('while its result is being written', async () => {
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

  it('a result that the database refuses does not delay others', async () => {
    const { store, database, disk, watcher, clock } = journaling({ left: [entryOf('ann'), entryOf('bob')] })
    database.refuses = 'ann'
    await store.open()
    expect(database.saved).toEqual(['bob'])
    expect(disk.journal).toEqual([entryOf('ann')])
    expect(watcher.refused).toHaveBeenCalledExactlyOnceWith(
      'ann',
      new RowTemporarilyUnwritable('refused', { isBrief: true }),
    )
    database.refuses = ''
    await clock.advance(3_000)
    expect(disk.journal).toEqual([])
  })

  it('an unavailable database is tried with one batch, however many results wait', async () => {
    const left = Array.from({ length: 1_200 }, (_, index) => entryOf(`visitor-${index}`))
    const { store, database, disk, watcher } = journaling({ left })
    database.away = true
    await store.open()
    expect(database.asked).toBe(500)
    expect(watcher.refused).not.toHaveBeenCalled()
    expect(store.waiting).toBe(1_200)
    expect(store.mayClaim()).toBe(false)
    expect(disk.journal).toHaveLength(1_200)
  })

  it('concurrent callers share one drain', async () => {
    const left = Array.from({ length: 600 }, (_, index) => entryOf(`visitor-${index}`))
    const { store, database } = journaling({ left })
    database.away = true
    await store.open()
    database.away = false
    const asked = database.asked
    const coming = left.slice(0, 50).map(({ call: { id } }) => store.claim(aRegistration({ id }), crypto.randomUUID()))
    await Promise.all(coming)
    expect(database.asked - asked).toBe(600)
    expect(store.mayClaim()).toBe(true)
  })

  it('waiting results are tried together once a second until close', async () => {
    const { store, database, disk, clock } = journaling()
    database.away = true
    for (const id of ['ann', 'bob', 'eve']) await store.settle(claimOf(id), accepted)
    const before = database.asked
    await clock.advance(5_000)
    expect(database.asked - before).toBe(3 * 5)
    database.away = false
    await clock.advance(60_000)
    expect(database.saved).toEqual(['ann', 'bob', 'eve'])
    expect(disk.rewritten).toBe(1)
    database.away = true
    await store.settle(claimOf('sue'), accepted)
    await store.close()
    const atTheEnd = database.asked
    await clock.advance(60_000)
    expect(database.asked).toBe(atTheEnd)
  })

  it('a result of a deleted registration is dropped and reported once, and others are kept', async () => {
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

  it('a dropped result is removed from the journal also if it was the only one', async () => {
    const { store, database, disk } = journaling({ left: [entryOf('ann')] })
    database.misses = 'ann'
    await store.open()
    expect(disk.journal).toEqual([])
  })

  it('close tries the waiting results once more and leaves the rest in the journal', async () => {
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

  describe('a row that cannot be written while the database is available', () => {
    it('is retried once at once, without the journal if that succeeds', async () => {
      const { store, database, disk, clock } = journaling()
      database.refuses = 'ann'
      const settling = store.settle(claimOf('ann'), accepted)
      await clock.advance(0)
      database.refuses = ''
      await clock.advance(50)
      expect(await settling).toMatchObject({ status: 'succeeded' })
      expect({ saved: database.saved, journal: disk.journal }).toEqual({ saved: ['ann'], journal: [] })
    })

    it('is reported once and retried with growing pauses, while its lease is extended', async () => {
      const { store, database, watcher, clock, extendLeases } = journaling()
      database.refuses = 'ann'
      const settling = store.settle(claimOf('ann'), accepted)
      await clock.advance(50)
      expect(await settling).toMatchObject({ status: 'succeeded', depositUrl })
      const before = database.asked
      await clock.advance(600_000)
      // After 1, 2, 4 … 256 s and once more: not once a second.
      expect(database.asked - before).toBeGreaterThan(6)
      expect(database.asked - before).toBeLessThan(14)
      expect(watcher.refused).toHaveBeenCalledOnce()
      expect(watcher.journaled).toHaveBeenCalledOnce()
      expect(extendLeases.mock.calls.length).toBeGreaterThan(600_000 / LEASE_MS)
      expect(extendLeases).toHaveBeenCalledWith([expect.objectContaining({ id: 'ann', attempt: 1 })])
      expect(store.mayClaim()).toBe(true)
      database.refuses = ''
      await clock.advance(400_000)
      expect(store.waiting).toBe(0)
    })

    it('is not retried if the database can never accept it, but kept and reported once', async () => {
      const { store, database, disk, watcher, clock } = journaling()
      database.cannotTake = 'ann'
      expect(await store.settle(claimOf('ann'), accepted)).toMatchObject({ depositUrl })
      await clock.advance(60_000)
      expect(database.asked).toBe(1)
      expect(watcher.unwritable).toHaveBeenCalledOnce()
      expect(disk.journal).toEqual([entryOf('ann')])
      await store.claim(aRegistration({ id: 'ann' }), crypto.randomUUID())
    })

    it('delays the visitor for at most ten seconds, and then goes to the journal', async () => {
      const { store, database, disk, clock } = journaling()
      const turn = Promise.withResolvers<void>()
      database.delay = turn.promise
      const settling = store.settle(claimOf('ann'), accepted)
      await clock.advance(9_999)
      expect(disk.journal).toEqual([])
      await clock.advance(1)
      expect(await settling).toMatchObject({ depositUrl })
      expect(disk.journal).toEqual([entryOf('ann')])
      turn.resolve()
      await clock.advance(2_000)
      expect({ saved: database.saved, journal: disk.journal }).toEqual({ saved: ['ann'], journal: [] })
    })

    it.each(['away', 'refuses'] as const)('is retried if its write was late and then failed: %s', async (how) => {
      const { store, database, disk, clock } = journaling()
      const turn = Promise.withResolvers<void>()
      database.delay = turn.promise
      const settling = store.settle(claimOf('ann'), accepted)
      await clock.advance(10_000)
      await settling
      if (how === 'away') database.away = true
      else database.refuses = 'ann'
      turn.resolve()
      await clock.advance(100)
      database.away = false
      database.refuses = ''
      await clock.advance(5_000)
      expect({ saved: database.saved, journal: disk.journal }).toEqual({ saved: ['ann'], journal: [] })
    })
  })

  describe('while a result waits', () => {
    const pending = aRegistration({ id: 'ann', status: 'pending' })
    const found = { ...pending, asking: true }

    it('every read of its registration includes it', async () => {
      const reads = { get: async () => found, findByKey: async () => found, findLatestByEmail: async () => found }
      const { store, database } = journaling({ reads })
      database.away = true
      await store.settle({ ...claimOf('ann'), registration: found }, accepted)
      const told = { status: 'succeeded', depositUrl }
      expect(await store.get('ann')).toMatchObject(told)
      expect(await store.findByKey(found.idempotencyKeyHash)).toMatchObject(told)
      expect(await store.findLatestByEmail('ann@example.com')).toMatchObject(told)
    })

    it('no read includes it before it is on disk', async () => {
      const { store, database } = journaling({ reads: { get: async () => found } })
      const arrived = Promise.withResolvers<void>()
      database.delay = arrived.promise
      const settling = store.settle({ ...claimOf('ann'), registration: found }, accepted)
      expect(await store.get('ann')).toEqual(found)
      arrived.resolve()
      await settling
    })

    it('its key gets it although the database is unavailable', async () => {
      const reads = { findByKey: () => Promise.reject(new DatabaseUnavailable('away')) }
      const { store, database } = journaling({ reads })
      database.away = true
      await store.settle({ ...claimOf('ann'), registration: found }, accepted)
      expect(await store.findByKey(found.idempotencyKeyHash)).toMatchObject({ status: 'succeeded', depositUrl })
      await expect(store.findByKey(Buffer.from('another'))).rejects.toThrow(DatabaseUnavailable)
    })

    it.each([
      ['of a newer attempt', { ...found, attempts: 2 }, { to: 'rejected', code: 'PARTNER_REJECTED', message: null }],
      ['that was erased', { ...found, idempotencyKeyHash: Buffer.from('erased') }, accepted],
      [
        'that has a link already',
        { ...found, status: 'succeeded', depositUrl: 'https://partner.example/first' },
        accepted,
      ],
    ] as [string, typeof found, Settlement][])('reads a row %s as it is', async (_, row, settlement) => {
      const { store, database } = journaling({ reads: { get: async () => row } })
      database.away = true
      await store.settle({ ...claimOf('ann'), registration: found }, settlement)
      expect(await store.get('ann')).toEqual(row)
    })
  })
})
