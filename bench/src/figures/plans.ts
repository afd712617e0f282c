import type { ListInput } from '@registration/shared/operator'
import { Kysely, PostgresDialect } from 'kysely'
import type { Client, Pool } from 'pg'
import type { Database } from '../../../apps/server/src/store/database.ts'
import { deleteOlder } from '../../../apps/server/src/store/delete-older.ts'
import { countStuck, takeDue, unfinished } from '../../../apps/server/src/store/due.ts'
import { createOperatorStore } from '../../../apps/server/src/store/operator/create-operator-store.ts'
import { createPool } from '../../../apps/server/src/store/pool.ts'
import { createSecretBox } from '../../../apps/server/src/store/secret-box.ts'
import { type ContenderValue, type Finding, median } from '../finding.ts'
import type { Scale } from '../scale.ts'
import type { Stage } from '../stage.ts'
import { startServerOn } from '../subjects/start-server.ts'
import { fillTable } from './fill-table.ts'

type Ask = (db: Kysely<Database>) => Promise<unknown>

interface Plan {
  'Index Name'?: string
  'Node Type': string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Plan[]
}

const DAY_MS = 86_400_000
/** What one batch of the retention deletes. */
const BATCH = 500

/**
 * How long PostgreSQL takes for what operators, recovery, the metrics and the retention ask of a table with very many
 * rows, by which indexes and how many blocks: told by EXPLAIN, in the same sessions as the server's.
 */
export async function plans({ partnerUrl, openDatabase, env }: Stage, main: string, scale: Scale): Promise<Finding[]> {
  const { rowsAfter, rounds } = scale
  await using database = await openDatabase()
  // It makes the tables.
  await (await startServerOn(database, { partnerUrl, main, env }))[Symbol.asyncDispose]()
  await fillTable(database.client, rowsAfter)
  const pool = createPool({ url: database.url, max: 2, onError: () => undefined })
  await using open = new AsyncDisposableStack()
  open.defer(() => pool.end())
  const findings: Finding[] = []
  for (const [title, ask] of Object.entries(await questions(database.client))) {
    findings.push({
      title,
      unit: 'ms',
      values: [await explained(pool, ask, rounds)],
    })
  }
  return findings
}

async function questions(client: Client): Promise<Record<string, Ask>> {
  const { rows } = await client.query('select id, email, created_at from registrations order by id limit 1')
  const { id, email, created_at } = rows[0]
  const now = Date.now()
  const wholeMs = now - created_at.getTime()
  const at = (share: number) => new Date(now - wholeMs * share).toISOString()
  const box = createSecretBox([{ id: 'bench', key: Buffer.alloc(32) }])
  const operators = (db: Kysely<Database>) =>
    createOperatorStore({
      db,
      box,
      leaseMs: 0,
      mayProbe: true,
      endpoints: [],
      isLinkAllowed: () => true,
    })
  const list =
    (wanted: ListInput): Ask =>
    (db) =>
      operators(db).list(wanted)
  return {
    'list: the newest': list({}),
    'list: stuck': list({ status: ['stuck'] }),
    'list: unfinished': list({ status: ['pending', 'uncertain', 'stuck'] }),
    'list: rare statuses': list({ status: ['succeeded_without_link', 'released'] }),
    'list: succeeded': list({ status: ['succeeded'] }),
    'list: refused': list({ status: ['rejected'] }),
    'list: a code': list({ code: 'MULTIPLE_ACCOUNTS' }),
    'list: a code that nobody got': list({ code: 'PARTNER_REJECTED' }),
    'list: an e-mail': list({ email }),
    'list: a tag': list({ tag: 'campaign-7' }),
    'list: a tag that nobody has': list({ tag: 'nobody' }),
    'list: a click id': list({ clickId: 'click-900' }),
    'list: a day long ago': list({ from: at(0.7), to: new Date(Date.parse(at(0.7)) + DAY_MS).toISOString() }),
    'list: a tag of a time long ago': list({ from: at(0.7), to: at(0.69), tag: 'campaign-7' }),
    'one registration': (db) => operators(db).get(id),
    'statistics: an hour': (db) => operators(db).stats({ from: new Date(now - DAY_MS / 24).toISOString() }),
    'statistics: a day': (db) => operators(db).stats({ from: new Date(now - DAY_MS).toISOString() }),
    'statistics: all': (db) => operators(db).stats({ from: at(1) }),
    'recovery: what is due': (db) => takeDue(db, { box, replayForMs: 86_400_000 }, 40, 10_000),
    'recovery: how many are stuck': countStuck,
    'metrics: what is unfinished': unfinished,
    'retention: the oldest': (db) => deleteOlder(db, wholeMs * 0.9, BATCH),
    'retention: nothing is old': (db) => deleteOlder(db, wholeMs * 2, BATCH),
  }
}

async function explained(pool: Pool, ask: Ask, rounds: number): Promise<ContenderValue> {
  const sent: { sql: string; parameters: unknown[] }[] = []
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query: { sql, parameters } }) => void sent.push({ sql, parameters: [...parameters] }),
  })
  await ask(db)
  const statements = sent.filter(({ sql }) => !sql.startsWith('explain'))
  const took: number[] = []
  const nodes: Plan[] = []
  let blocks = 0
  for (let round = 0; round < rounds; round++) {
    let ms = 0
    blocks = 0
    for (const { sql, parameters } of statements) {
      const explanation = await explain(pool, sql, parameters)
      ms += explanation['Planning Time'] + explanation['Execution Time']
      blocks += explanation.Plan['Shared Hit Blocks'] + explanation.Plan['Shared Read Blocks']
      nodes.push(...nodesOf(explanation.Plan))
    }
    took.push(ms)
  }
  const indexes = new Set(nodes.flatMap((node) => node['Index Name'] ?? []))
  const whole = nodes.some((node) => node['Node Type'] === 'Seq Scan') ? ' and all of the table' : ''
  return { contender: `${blocks.toLocaleString('en')} blocks: ${[...indexes].join(', ')}${whole}`, value: median(took) }
}

/** In a transaction that is taken back: what deletes is carried out, too. */
async function explain(pool: Pool, sql: string, parameters: unknown[]) {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const { rows } = await client.query(`explain (analyze, buffers, format json) ${sql}`, parameters)
    return rows[0]['QUERY PLAN'][0] as { Plan: Plan; 'Planning Time': number; 'Execution Time': number }
  } finally {
    await client.query('rollback')
    client.release()
  }
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
