// An existing server with its own users, routes, parsers and hooks, which registers the plugin.
import cors from '@fastify/cors'
import { type Registration, registrationPlugin } from '@registration/server/plugin'
import Fastify from 'fastify'
import { type Generated, Kysely, PostgresDialect, type Transaction } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'

interface HostDatabase {
  users: { id: Generated<number>; email: string; deposit_url: string | null; registration_id: string }
}

const env = process.env
const pool = new pg.Pool({ connectionString: env['DATABASE_URL'], max: 2 })
const db = new Kysely<HostDatabase>({ dialect: new PostgresDialect({ pool }) })

// Migrations with Kysely's own table names, in `public`.
const { error } = await new Migrator({
  db,
  provider: {
    getMigrations: async () => ({
      '0001-registrations': {
        up: async (db: Kysely<unknown>) => {
          await db.schema
            .createTable('users')
            .addColumn('id', 'serial', (column) => column.primaryKey())
            .addColumn('email', 'text', (column) => column.notNull())
            .addColumn('deposit_url', 'text')
            .addColumn('registration_id', 'uuid', (column) => column.notNull())
            .execute()
        },
      },
    }),
  },
}).migrateToLatest()
if (error) throw error

const app = Fastify({ return503OnClosing: false })
await app.register(cors, { origin: ['https://host.example', 'https://both.example'] })

app.removeContentTypeParser('application/json')
app.addContentTypeParser('application/json', { parseAs: 'string' }, async (_: unknown, body: string) => ({
  parsedBy: 'the host',
  body: JSON.parse(body),
}))
app.addContentTypeParser('text/plain', { parseAs: 'string' }, async (_: unknown, body: string) => `host: ${body}`)
app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) =>
  reply.code(418).send({ hostError: error.message, statusCode: error.statusCode }),
)
app.setNotFoundHandler((_, reply) => reply.code(404).send({ hostKnows: 'nothing of it' }))
app.addHook('onRequest', async (request, reply) => {
  reply.header('x-host', 'was here')
  if (request.headers['x-quota'])
    throw Object.assign(new Error('host quota'), { statusCode: Number(request.headers['x-quota']), code: 'HOST_QUOTA' })
  if (request.headers['x-banned']) return reply.code(451).send({ host: 'refuses' })
})
app.decorateRequest('hostUser', null)

app.post('/echo', async (request) => ({ got: request.body }))
app.get('/broken', async () => {
  throw new Error('broken')
})
app.get('/api/users/me', async () => ({ me: true }))
app.get('/trpc-of-the-host', async () => ({ own: true }))

let failuresLeft = 0
app.post('/fail-on-settled', async () => {
  failuresLeft++
  return {}
})

async function saveUser(trx: Transaction<HostDatabase>, registration: Registration): Promise<void> {
  const { id, email, depositUrl, status } = registration
  if (status !== 'succeeded') return
  await trx.insertInto('users').values({ email, deposit_url: depositUrl, registration_id: id }).execute()
  if (failuresLeft === 0) return
  failuresLeft--
  throw new Error('the host could not save its user')
}

await app.register(registrationPlugin, { prefix: '/api/users', trpcPrefix: '/trpc', config: env, onSettled: saveUser })

const address = await app.listen({ port: 0, host: '127.0.0.1' })
process.stdout.write(`${address}\n`)

process.once('SIGTERM', async () => {
  await app.close()
  await db.destroy()
  // Nothing keeps the process alive now, so it ends.
})
