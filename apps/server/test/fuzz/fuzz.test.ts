import { execFileSync } from 'node:child_process'
import { startPartnerSandbox } from '@registration/partner-sandbox'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { printFigures } from '../chaos/support/figures.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { exchangeRaw } from '../support/raw-exchange.ts'
import { createRestClient } from '../support/rest-client.ts'
import { runSource, type SourceProcess } from '../support/run-source.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { hostileBytes, hostileRequest } from './hostile-request.ts'
import { type JsonSchema, requestOfSchema } from './request-of-schema.ts'
import { CONNECTIONS, createHostileAgent, objectionTo, objectionToAnswer } from './send-hostile.ts'

/**
 * The long form: `FUZZ_REQUESTS=100000 vitest run --project server --testTimeout=0 test/fuzz`, which sends so many of each kind and prints
 * what they were answered; `FUZZ_SEED` has it send others. The quick form sends the same each time, so that nobody's
 * change is held up by what it has nothing to do with.
 */
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 1_000)
const IS_LONG = REQUESTS > 10_000
/** Kinds that cost a connection, or a registration, each. */
const COSTLY_REQUESTS = IS_LONG ? REQUESTS : REQUESTS / 10
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)
/** What a heap may breathe; a leak of a few hundred bytes a request would be more in the long form. */
const ROOM_BYTES = 96 * 1024 * 1024

const open = new AsyncDisposableStack()
const agent = createHostileAgent()
let server: SourceProcess
let url: string

beforeAll(async () => {
  const partner = open.use(await startPartnerSandbox())
  const folder = open.use(temporaryFolder())
  open.defer(() => agent.close())
  server = open.use(
    runSource('main.ts', {
      PORT: '0',
      PUBLIC_URL: 'https://registration.test',
      DATABASE_URL: await freshDatabase(),
      DATA_DIR: folder.path,
      PARTNER_URL: partner.url,
      INTERNAL_API_KEYS: 'crm:0123456789abcdef',
      RATE_LIMIT_IP: 'off',
      RATE_LIMIT_EMAIL: 'off',
      NODE_OPTIONS: '--max-old-space-size=256',
    }),
  )
  url = await server.ready
})
afterAll(() => open.disposeAsync())

/** How often each status was answered; 0 is a connection that was closed without a word. */
let answered: Record<number, number> = {}
const answeredWith = (status: number) => {
  answered[status] = (answered[status] ?? 0) + 1
}

const residentBytes = () => Number(execFileSync('ps', ['-o', 'rss=', '-p', `${server.pid}`])) * 1_024

async function expectToServe(): Promise<void> {
  const email = `${crypto.randomUUID()}@example.com`
  expect((await createRestClient(url).orchestrateRegistration({ email, visitorId: 'v' })).status).toBe(200)
}

/** Sends as many at once as there are connections, and lets fast-check shrink what was answered wrongly. */
async function eachOf<T>(
  name: string,
  what: fc.Arbitrary<T>,
  requests: number,
  objection: (one: T) => Promise<string | undefined>,
) {
  const several = fc.array(what, { minLength: CONNECTIONS, maxLength: CONNECTIONS })
  const property = fc.asyncProperty(several, async (all) => {
    const objections = await Promise.all(all.map(objection))
    expect(objections.filter((found) => found !== undefined)).toEqual([])
  })
  await fc.assert(property, {
    seed: SEED,
    numRuns: Math.ceil(requests / CONNECTIONS),
    endOnFailure: IS_LONG,
  })
  if (IS_LONG)
    printFigures(`hostile requests: ${name}`, SEED, {
      ...answered,
      'resident MiB': Math.round(residentBytes() / 2 ** 20),
    })
  answered = {}
}

describe(`${REQUESTS} hostile requests, from the seed ${SEED}`, () => {
  it('get nothing but well-formed refusals, at no cost of memory, and the server serves on', async () => {
    await eachOf('warm-up', hostileRequest, REQUESTS / 4, (hostile) => objectionTo(url, agent, hostile, answeredWith))
    const before = residentBytes()
    await eachOf('any', hostileRequest, (REQUESTS * 3) / 4, (hostile) => objectionTo(url, agent, hostile, answeredWith))
    expect(residentBytes() - before).toBeLessThan(ROOM_BYTES)
    expect(Object.prototype).not.toHaveProperty('polluted')
    await expectToServe()
  })

  it('that are hardly HTTP get an error object or a closed connection', async () => {
    await eachOf('raw bytes', hostileBytes, COSTLY_REQUESTS, async (bytes) => {
      // The end of the line makes it whole, so that nobody waits for more.
      const { status, body } = await exchangeRaw(url, Buffer.concat([bytes, Buffer.from('\r\n\r\n')]), { end: true })
      answeredWith(status)
      return status === 0 ? undefined : objectionToAnswer(status, body)
    })
    await expectToServe()
  })

  it('that the OpenAPI document calls right get an answer of the contract', async () => {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi
    for (const [path, { post }] of Object.entries(document.paths)) {
      const { schema } = post.requestBody.content['application/json']
      const request = requestOfSchema(schema, document.components.schemas)
      await eachOf(`right by the document, ${path}`, request, COSTLY_REQUESTS, (value) =>
        objectionTo(
          url,
          agent,
          {
            method: 'POST',
            path,
            headers: { 'content-type': 'application/json' },
            body: new TextEncoder().encode(JSON.stringify(value)),
          },
          answeredWith,
        ),
      )
    }
  })
})

interface OpenApi {
  paths: Record<string, { post: { requestBody: { content: { 'application/json': { schema: JsonSchema } } } } }>
  components: { schemas: Record<string, JsonSchema> }
}
