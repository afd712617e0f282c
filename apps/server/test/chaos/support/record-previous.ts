// `node scripts/run.cjs node apps/server/test/chaos/support/record-previous.ts VERSION COMMIT`: records a released
// version for the rolling-deploy tests: its SDK, and registrations that its server has written. Run it after each release.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { startThrowawayPostgres } from '@registration/local-postgres'
import { startPartnerProcess } from './partner-process.ts'
import {
  buildPrevious,
  PREVIOUS_FILE,
  PREVIOUS_SDK_FILE,
  type PreviousRegistration,
  type PreviousVersion,
} from './previous-version.ts'
import { sendRequest } from './send-request.ts'
import { startTestCluster } from './test-cluster.ts'

/** One of each final status. */
const ENDED = ['ann', 'bob+rejected', 'cid+no-link']
/** An uncertain registration, and one whose process was killed during the call to the partner. */
const OPEN = ['dan', 'eve']

const [version, commit] = process.argv.slice(2)
if (version === undefined || commit === undefined) throw new Error('Usage: record-previous.ts VERSION COMMIT')
const folder = await buildPrevious(commit)
await using postgres = await startThrowawayPostgres()
const databaseUrl = await postgres.createDatabase()
await using partner = await startPartnerProcess()
// A fixed key is enough: the secrets are the sandbox's.
const encryptionKeys = `previous:${Buffer.alloc(32, 7).toString('base64')}`
const env = { ENCRYPTION_KEYS: encryptionKeys, REQUEST_DEADLINE_MS: '2000' }
await using cluster = await startTestCluster({
  ...{ replicas: 1, databaseUrl, partner, env },
  main: join(folder, 'server.mjs'),
})

// Not by a tag in the e-mail: the partner of the tests must answer these e-mails normally.
await partner.misbehave('dan@chaos.example', 'server-error-500')
await partner.misbehave('eve@chaos.example', 'hang')

const answers = new Map<string, object | undefined>()
for (const name of [...ENDED, ...OPEN]) {
  const request = { email: `${name}@chaos.example`, visitorId: 'v', idempotencyKey: keyOf(name) }
  const { answer } = await sendRequest(cluster.servers[0]?.url, 'rest', request, new AbortController().signal)
  if (ENDED.includes(name)) answers.set(request.email, answer)
}
await cluster.servers[0]?.end('SIGKILL')
const { rows: migrations } = await cluster.database.query('select name from registration_migrations order by name')
const { rows } = await cluster.database.query('select row_to_json(r) as row from registrations r order by email')
const kept: PreviousVersion = {
  ...{ version, commit, encryptionKeys },
  migrations: migrations.map(({ name }) => name),
  registrations: rows.map(({ row }): PreviousRegistration => {
    const answer = answers.get(row.email)
    return { row, idempotencyKey: keyOf(row.email.split('@')[0]), ...(answer === undefined ? {} : { answer }) }
  }),
}
writeFileSync(PREVIOUS_FILE, `${JSON.stringify(kept, null, 2)}\n`)
writeFileSync(PREVIOUS_SDK_FILE, brotliCompressSync(readFileSync(join(folder, 'sdk.mjs'))))

function keyOf(name: string): string {
  return `idempotency key of ${name}`
}
