import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { checkInvariants } from './support/invariants.ts'
import { untilLogged } from './support/log-lines.ts'
import { journalFile, journalLines, untilJournalIsEmpty } from './support/outage-journal-file.ts'
import { type OutageWorld, startOutageWorld } from './support/outage-world.ts'
import { untilQuiet } from './support/quiescence.ts'
import { startServerProcess } from './support/server-process.ts'
import type { Visit } from './support/visit.ts'
import { visitBy } from './support/visit-by.ts'

const ann = 'ann@chaos.example'
const bob = 'bob@chaos.example'

const SUCCEEDED = { code: 'SUCCEEDED', answer: { depositUrl: expect.stringMatching(/^https:/) } }
const DRAINED = 'results were written from the outage journal'
const KEPT = 'a result could not be saved, and waits in the outage journal'
const KEPT_NOWHERE = 'a result could be neither saved nor journaled: only this process holds it'

/** From now on recovery would repeat every call whose result is not on file. */
async function untilLeasesAreOver({ database }: OutageWorld): Promise<void> {
  const leases = `select 1 from registrations where lease_until > clock_timestamp()`
  await vi.waitFor(async () => expect((await database.query(leases)).rowCount).toBe(0), { timeout: 10_000 })
}

/** Everybody's link is on file, by one call each, and nothing is left to be written. */
async function expectAllSaved(world: OutageWorld, visits: readonly Visit[]): Promise<void> {
  await untilQuiet(world.database, 20_000)
  const { rows, calls } = await checkInvariants(world, visits)
  expect(rows.map(({ status }) => status)).toEqual(visits.map(() => 'succeeded'))
  expect(calls).toHaveLength(visits.length)
}

/** Nothing of the visitor and the account can be read in the replica's folder. */
async function expectNothingShown({ partner, server }: OutageWorld, { last }: Visit): Promise<void> {
  const { accounts } = await partner.ledger()
  const { host, search } = new URL((last.answer as { depositUrl: string }).depositUrl)
  const folder = `${server.env['DATA_DIR']}`
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'))
  for (const content of files.flatMap((text) => [text, Buffer.from(text, 'base64url').toString('latin1')])) {
    for (const secret of [ann, host, search, `${accounts[0]?.password}`]) expect(content).not.toContain(secret)
  }
  expect(statSync(journalFile(server)).mode & 0o777).toBe(0o600)
}

/** Put where the journal should be, each fails to be written: for root too, and without a disk of its own. */
const DISK_FAILURES = [
  { email: ann, code: 'ENOSPC', putAt: (place: string) => symlinkSync('/dev/full', place) },
  { email: bob, code: 'EISDIR', putAt: (place: string) => mkdirSync(place) },
]

describe('the outage journal', { concurrent: true, timeout: 60_000 }, () => {
  it('costs the visitor nothing, shows nothing, and is written when the database is back', async () => {
    await using world = await startOutageWorld()
    const visited = await world.registerWithoutDatabase(ann)
    expect(visited.replies).toMatchObject([SUCCEEDED])
    expect(journalLines(world.server)).toHaveLength(1)
    await expectNothingShown(world, visited)

    await untilLeasesAreOver(world)
    await world.way.heal()
    await untilJournalIsEmpty(world.server, 5_000)
    await expectAllSaved(world, [visited])
    const [row] = (await world.database.query('select id from registrations')).rows
    await untilLogged(world.server, { msg: KEPT, registrationId: row.id, level: 50 })
  })

  it.for(['SIGKILL', 'SIGTERM'] as const)(
    'outlives %s, and is written by the next process before that asks the partner for anything',
    async (signal) => {
      await using world = await startOutageWorld()
      const visits = [await world.registerWithoutDatabase(ann)]
      await world.server.end(signal)
      if (signal === 'SIGKILL') await expect(world.server.start()).rejects.toThrow("the server can't start")
      expect(journalLines(world.server)).toHaveLength(1)

      await untilLeasesAreOver(world)
      await world.way.heal()
      await world.server.start()
      expect(journalLines(world.server)).toHaveLength(0)
      const told = world.server.log.map(({ msg }) => msg)
      expect(told.indexOf(DRAINED)).toBeGreaterThan(0)
      expect(told.indexOf(DRAINED)).toBeLessThan(told.lastIndexOf('ready'))
      const again = await visitBy(world, ann)
      expect(again.replies).toMatchObject([{ ...SUCCEEDED, answer: { replayed: true } }])
      await expectAllSaved(world, visits)
    },
  )

  it('keeps what it can not read, and says so: lines of a key that is not listed, and one that was torn', async () => {
    await using world = await startOutageWorld()
    const visits = [await world.registerWithoutDatabase(ann)]
    await world.server.end('SIGKILL')
    const [line = ''] = journalLines(world.server)
    const torn = line.slice(0, line.length / 2)
    appendFileSync(journalFile(world.server), torn)
    await world.way.heal()
    const otherKey = `other:${randomBytes(32).toString('base64')}`
    const forgetful = startServerProcess({ ...world.server.env, ENCRYPTION_KEYS: otherKey })
    await expect(forgetful).rejects.toThrow(/lacks the keys .{1,4}chaos.{1,4} \(needed by the outage journal/)
    expect(journalLines(world.server)).toEqual([line, torn])

    await world.server.start()
    await untilLogged(world.server, { lines: 1, level: 50 })

    visits.push(await world.registerWithoutDatabase(bob))
    expect(journalLines(world.server)).toEqual([torn, expect.stringMatching(/^chaos:/)])
    await world.server.end('SIGKILL')
    await world.way.heal()
    await world.server.start()
    expect(journalLines(world.server)).toEqual([torn])
    await expectAllSaved(world, visits)
  })

  it('costs nobody the link where the disk is full or can not be written, and is made up for later', async () => {
    await using world = await startOutageWorld()
    const file = journalFile(world.server)
    const places = [file, `${file}.new`]
    const visits: Visit[] = []
    for (const { email, code, putAt } of DISK_FAILURES) {
      await world.way.heal()
      await untilJournalIsEmpty(world.server, 10_000)
      for (const place of places) {
        rmSync(place, { force: true })
        putAt(place)
      }
      const visited = await world.registerWithoutDatabase(email)
      expect(visited.replies).toMatchObject([SUCCEEDED])
      await untilLogged(world.server, { msg: KEPT_NOWHERE, level: 60, journalErr: expect.objectContaining({ code }) })
      visits.push(visited)

      for (const place of places) rmSync(place, { recursive: true })
      await vi.waitFor(() => expect(journalLines(world.server)).toHaveLength(1), { timeout: 10_000 })
    }
    await world.server.end('SIGKILL')
    await world.way.heal()
    await world.server.start()
    await expectAllSaved(world, visits)
  })
})
