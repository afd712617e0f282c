import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { expect, it } from 'vitest'
import { MIGRATIONS, migrate } from '../../src/store/migrate.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { runCommand } from '../support/run-commands.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { checkInvariants } from './support/invariants.ts'
import { startPartnerProcess } from './support/partner-process.ts'
import { buildPrevious, previousSdk, readPrevious } from './support/previous-version.ts'
import { sendRequest } from './support/send-request.ts'
import { type ServerProcess, startServerProcess } from './support/server-process.ts'
import { startTestCluster } from './support/test-cluster.ts'
import { untilAllFinished } from './support/until-all-finished.ts'
import type { Target } from './support/visit.ts'
import { sendVisitors } from './support/visitors.ts'

const { seed } = chaosRun
const previous = readPrevious()
/** The duration of each phase: old version alone, old version on the new schema, both, new version alone. */
const PHASE_MS = loadMs({ quickMs: 0, share: 0.01 })
const REGISTRATIONS_PER_PHASE = 20
/** The leases of a killed server end after 4.5 s, well within the request deadline. */
const LIMITS = { PARTNER_TIMEOUT_MS: '2000', REQUEST_DEADLINE_MS: '120000' }

/** Registers one visitor at one server. Returns the response, `comparable`. */
async function registerAt(server: ServerProcess | undefined, name: string, key = name): Promise<object> {
  const request = { email: `${name}@chaos.example`, visitorId: 'v', idempotencyKey: `idempotency key of ${key}` }
  const { answer, problem } = await sendRequest(server?.url, 'rest', request, new AbortController().signal)
  if (answer === undefined) throw problem
  return comparable(answer)
}

/** The response without the fields that differ between two requests for one registration. */
function comparable(answer: object | undefined): object {
  return { ...answer, replayed: 'either', requestId: 'its own' }
}

it.each(['before the migration', 'after the migration, by a replica that still runs'])(
  'registrations that the previous version wrote %s are replayed or finished',
  async (when) => {
    const databaseUrl = await freshDatabase()
    const migrations = Object.fromEntries(
      Object.entries(MIGRATIONS).filter(([name]) => previous.migrations.includes(name)),
    )
    expect(Object.keys(migrations)).toEqual(previous.migrations)
    await migrate(databaseUrl, 'public', { migrations })
    if (when.startsWith('before')) await insertAsPrevious(databaseUrl)
    await migrate(databaseUrl, 'public')
    if (when.startsWith('after')) await insertAsPrevious(databaseUrl)

    const env = { ENCRYPTION_KEYS: previous.encryptionKeys, REQUEST_DEADLINE_MS: '120000' }
    await using cluster = await startTestCluster({ databaseUrl, replicas: 1, env })
    for (const { row, idempotencyKey, answer } of previous.registrations) {
      const request = { email: row.email, visitorId: 'v', idempotencyKey }
      const told = await sendRequest(cluster.servers[0]?.url, 'rest', request, new AbortController().signal)
      const finished = { success: true, depositUrl: expect.stringMatching(/^https:/), registrationId: row['id'] }
      expect(comparable(told.answer)).toMatchObject(answer ? comparable(answer) : finished)
    }
  },
)

/** Inserts the recorded rows of the previous version with its columns; their times become now, so that leases end soon. */
async function insertAsPrevious(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const at = new Date().toISOString()
  const times = ['created_at', 'updated_at', 'settled_at', 'lease_until', 'next_attempt_at', 'uncertain_since']
  for (const { row } of previous.registrations) {
    const columns = Object.keys(row).join(', ')
    const recent = Object.entries(row).map(([name, value]) => [name, value && times.includes(name) ? at : value])
    await client.query(
      `insert into registrations (${columns}) select ${columns} from json_populate_record(null::registrations, $1)`,
      [JSON.stringify(Object.fromEntries(recent))],
    )
  }
  await client.end()
}

it.runIf(chaosRun.isLong)(
  'a rolling deploy from the previous version, with migrations, causes no error for any visitor',
  async () => {
    const databaseUrl = await freshDatabase()
    await using partner = await startPartnerProcess()
    const env = { ...LIMITS, ENCRYPTION_KEYS: `chaos:${randomBytes(32).toString('base64')}` }
    const main = join(await buildPrevious(previous.commit), 'server.mjs')
    await using old = await startTestCluster({ databaseUrl, partner, env, main })
    const [oldOne, oldTwo] = old.servers
    const targets: Target[] = [...old.servers]
    let more = true
    const load = sendVisitors({
      targets,
      seed,
      atOnce: 10,
      pauseMs: 100,
      shouldContinue: () => more,
      patienceMs: 20_000,
    })
    await untilMoreRegistrations(old.database, 'old')
    const byOld = await Promise.all(['ann', 'bob+rejected'].map((name) => registerAt(oldOne, name)))

    using folder = temporaryFolder()
    const where = { DATABASE_URL: databaseUrl, PARTNER_URL: partner.url, DATA_DIR: folder.path }
    expect(await runCommand({ ...where, ...env }, ['migrate'])).toMatchObject({ exitCode: 0, err: '' })
    await untilMoreRegistrations(old.database, 'old')

    await using cluster = await startTestCluster({ databaseUrl, partner, env: { ...env, MIGRATE_ON_START: 'false' } })
    const [newOne, newTwo] = cluster.servers
    targets.push(...cluster.servers)
    await Promise.all([untilMoreRegistrations(old.database, 'old'), untilMoreRegistrations(old.database, 'new')])
    // Fields added by the new version may be missing from the old one's response; all else must match.
    expect(await Promise.all(['ann', 'bob+rejected'].map((name) => registerAt(newOne, name)))).toMatchObject(byOld)
    const byNew = await Promise.all(['cid', 'dan+rejected'].map((name) => registerAt(newTwo, name)))
    const repeated = await Promise.all(['cid', 'dan+rejected'].map((name) => registerAt(oldTwo, name)))
    expect(byNew).toMatchObject(repeated)
    expect(await registerAt(newOne, 'eve', 'ann')).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' })

    // A restarted process of the old version runs on the migrated schema.
    using rescheduledData = temporaryFolder()
    const rescheduled = { ...oldTwo?.env, DATA_DIR: rescheduledData.path, MIGRATE_ON_START: 'false' }
    await using again = await startServerProcess(rescheduled, main)
    expect(await registerAt(again, 'cid')).toEqual(repeated[0])
    expect(await again.end('SIGTERM')).toEqual({ code: 0, signal: null })

    targets.splice(0, old.servers.length)
    const [stopped] = await Promise.all([oldOne?.end('SIGTERM'), oldTwo?.end('SIGKILL')])
    expect(stopped).toEqual({ code: 0, signal: null })
    await untilMoreRegistrations(cluster.database, 'new')
    more = false
    const visits = await load
    await untilAllFinished(cluster.database)
    const evidence = await checkInvariants(cluster, visits)
    const byVersion = Map.groupBy(evidence.rows, (row) => (row.begun_by === null ? 'old' : 'new'))
    printFigures('a version after the other', seed, {
      'begun by the old': byVersion.get('old')?.length ?? 0,
      'begun by the new': byVersion.get('new')?.length ?? 0,
      ...figuresOf(evidence),
    })

    // Rolling back to the old version works.
    using data = temporaryFolder()
    await using back = await startServerProcess({ ...newOne?.env, DATA_DIR: data.path }, main)
    expect(await registerAt(back, 'cid')).toEqual(repeated[0])
    expect(await registerAt(back, 'fay')).toMatchObject({ success: true })
    await back.end('SIGTERM')

    // The next version will drop the previous version's queue: nothing needs it, recovery included.
    await cluster.database.query('drop schema public_queue cascade')
    expect(await registerAt(newOne, 'gil')).toMatchObject({ success: true })
    await cluster.database.query(
      `update registrations set status = 'pending', next_attempt_at = now() where email = 'gil@chaos.example'`,
    )
    await untilAllFinished(cluster.database)
  },
)

it('the SDK of the previous version works with this server', async () => {
  const { orchestrateRegistration } = await import(previousSdk())
  await using cluster = await startTestCluster({ replicas: 1 })
  const options = { endpoint: cluster.servers[0]?.url }
  const { depositUrl, registrationId } = await orchestrateRegistration(
    'ann@x.example',
    'Ann',
    { tag: 't' },
    'v',
    options,
  )
  expect(depositUrl).toMatch(/^https:/)
  const again = await orchestrateRegistration('ann@x.example', 'Ann', { tag: 't' }, 'v', options)
  expect(again).toMatchObject({ depositUrl, registrationId })
  await expect(orchestrateRegistration('bob+rejected@x.example', 'Bob', {}, 'w', options)).rejects.toMatchObject({
    name: 'RegistrationError',
    code: 'PARTNER_REJECTED',
    message: expect.stringContaining('not available'),
    retryable: false,
  })
})

/** Resolves when the phase is over and servers of this version have created more registrations in it. */
async function untilMoreRegistrations(database: pg.Pool, by: 'old' | 'new'): Promise<void> {
  const begun = async () => {
    // The previous version doesn't write begun_by, and its schema lacks the column.
    const { rows } = await database.query(
      `select count(*)::int from registrations r where (to_jsonb(r) ->> 'begun_by' is null) = $1`,
      [by === 'old'],
    )
    return Number(rows[0]?.count)
  }
  const before = await begun()
  await pause(PHASE_MS)
  await expect.poll(begun).toBeGreaterThanOrEqual(before + REGISTRATIONS_PER_PHASE)
}
