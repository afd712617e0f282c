import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '@registration/test-harness'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DatabaseOutageCluster, startDatabaseOutageCluster } from './support/database-outage-cluster.ts'
import { checkInvariants } from './support/invariants.ts'
import { untilLogged } from './support/log-lines.ts'
import { journalFile, journalLines, untilJournalIsEmpty } from './support/outage-journal-file.ts'
import { startServerProcess } from './support/server-process.ts'
import { untilAllFinished } from './support/until-all-finished.ts'
import type { Visit } from './support/visit.ts'
import { visitFirstReplica } from './support/visit-first-replica.ts'

const SUCCEEDED = { code: 'SUCCEEDED', answer: { depositUrl: expect.stringMatching(/^https:/) } }
const DRAINED = 'results were written from the outage journal'
const KEPT = 'a result could not be saved, and waits in the outage journal'
const KEPT_NOWHERE = 'a result could be neither saved nor journaled: only this process holds it'

/** Ends all leases, so that recovery would repeat every call whose result is not saved. */
async function endLeases({ database }: DatabaseOutageCluster): Promise<void> {
  await database.query('update registrations set lease_until = now(), next_attempt_at = now() where asking')
}

/** Every visitor's link is saved, with one call each, and nothing is unfinished. */
async function expectAllSaved(cluster: DatabaseOutageCluster, visits: readonly Visit[]): Promise<void> {
  await untilAllFinished(cluster.database)
  const { rows, calls } = await checkInvariants(cluster, visits)
  const emails = new Set(visits.map(({ email }) => email))
  const saved = rows.filter(({ status }) => status === 'succeeded').map(({ email }) => email)
  expect(saved.toSorted()).toEqual([...emails].toSorted())
  expect(calls).toHaveLength(emails.size)
}

/** The files in the replica's DATA_DIR show nothing about the visitor and the account. */
async function expectNothingReadable(
  { partner, server }: DatabaseOutageCluster,
  { email, last }: Visit,
): Promise<void> {
  const { accounts } = await partner.ledger()
  const password = `${accounts.find((account) => account.email === email)?.password}`
  const { host, search } = new URL((last.answer as { depositUrl: string }).depositUrl)
  const folder = `${server.env['DATA_DIR']}`
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'))
  for (const content of files.flatMap((text) => [text, Buffer.from(text, 'base64url').toString('latin1')])) {
    for (const secret of [email, host, search, password]) expect(content).not.toContain(secret)
  }
  expect(statSync(journalFile(server)).mode & 0o777).toBe(0o600)
}

/** Each makes writing the journal fail, also for root, and needs no separate disk. */
const DISK_FAILURES = [
  { code: 'ENOSPC', makeUnwritable: (place: string) => symlinkSync('/dev/full', place) },
  { code: 'EISDIR', makeUnwritable: (place: string) => mkdirSync(place) },
]

describe('the outage journal', () => {
  let cluster: DatabaseOutageCluster
  /** The visits of all tests. */
  const visits: Visit[] = []
  let visitors = 0
  beforeAll(async () => {
    cluster = await startDatabaseOutageCluster()
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  beforeEach(async () => {
    await cluster.databaseProxy.restore()
    if (cluster.server.url === undefined) await cluster.server.start()
    await untilJournalIsEmpty(cluster.server)
  })

  async function registerWithoutDatabase(): Promise<Visit> {
    visitors += 1
    const visited = await cluster.registerDuringOutage(`visitor-${visitors}@chaos.example`)
    expect(visited.results).toMatchObject([SUCCEEDED])
    visits.push(visited)
    return visited
  }

  it('a result that waits in it reaches the visitor at once, is stored encrypted, and is saved after the outage', async () => {
    const visited = await registerWithoutDatabase()
    expect(journalLines(cluster.server)).toHaveLength(1)
    await expectNothingReadable(cluster, visited)

    await endLeases(cluster)
    await cluster.databaseProxy.restore()
    await untilJournalIsEmpty(cluster.server)
    await expectAllSaved(cluster, visits)
    const { rows } = await cluster.database.query('select id from registrations where email = $1', [visited.email])
    await untilLogged(cluster.server, { msg: KEPT, registrationId: rows[0].id, level: 50 })
  })

  it.for(['SIGKILL', 'SIGTERM'] as const)(
    'a result in it survives %s, and the next process saves it before it calls the partner',
    async (signal) => {
      const { email } = await registerWithoutDatabase()
      await cluster.server.end(signal)
      if (signal === 'SIGKILL') await expect(cluster.server.start()).rejects.toThrow("the server can't start")
      expect(journalLines(cluster.server)).toHaveLength(1)

      await endLeases(cluster)
      await cluster.databaseProxy.restore()
      const before = cluster.server.log.length
      await cluster.server.start()
      expect(journalLines(cluster.server)).toHaveLength(0)
      const told = cluster.server.log.slice(before).map(({ msg }) => msg)
      expect(told).toContain(DRAINED)
      expect(told.indexOf(DRAINED)).toBeLessThan(told.indexOf('ready'))
      const again = await visitFirstReplica(cluster, email)
      expect(again.results).toMatchObject([{ ...SUCCEEDED, answer: { replayed: true } }])
      await expectAllSaved(cluster, visits)
    },
  )

  it('a failing disk costs no visitor the link, and the result is journaled once the disk works', async () => {
    const file = journalFile(cluster.server)
    const places = [file, `${file}.new`]
    for (const { code, makeUnwritable } of DISK_FAILURES) {
      await cluster.databaseProxy.restore()
      await untilJournalIsEmpty(cluster.server)
      for (const place of places) {
        rmSync(place, { force: true })
        makeUnwritable(place)
      }
      await registerWithoutDatabase()
      await untilLogged(cluster.server, { msg: KEPT_NOWHERE, level: 60, journalErr: expect.objectContaining({ code }) })

      for (const place of places) rmSync(place, { recursive: true })
      await eventually(() => expect(journalLines(cluster.server)).toHaveLength(1))
    }
    await cluster.server.end('SIGKILL')
    await cluster.databaseProxy.restore()
    await cluster.server.start()
    await expectAllSaved(cluster, visits)
  })

  // Must be the last test: the unreadable line stays.
  it('lines with an unlisted key and a torn line are kept and logged', async () => {
    await registerWithoutDatabase()
    await cluster.server.end('SIGKILL')
    const [line = ''] = journalLines(cluster.server)
    const torn = line.slice(0, line.length / 2)
    appendFileSync(journalFile(cluster.server), torn)
    await cluster.databaseProxy.restore()
    const otherKey = `other:${randomBytes(32).toString('base64')}`
    const withoutKey = startServerProcess({ ...cluster.server.env, ENCRYPTION_KEYS: otherKey })
    await expect(withoutKey).rejects.toThrow(/lacks the keys .*chaos.{1,4} \(needed by the outage journal/)
    expect(journalLines(cluster.server)).toEqual([line, torn])

    await cluster.server.start()
    await untilLogged(cluster.server, { lines: 1, level: 50 })

    await registerWithoutDatabase()
    expect(journalLines(cluster.server)).toEqual([torn, expect.stringMatching(/^chaos:/)])
    await cluster.server.end('SIGKILL')
    await cluster.databaseProxy.restore()
    await cluster.server.start()
    expect(journalLines(cluster.server)).toEqual([torn])
    await expectAllSaved(cluster, visits)
  })
})
