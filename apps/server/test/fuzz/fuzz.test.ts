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
import { CONNECTIONS, createHostileAgent, problemOfRequest, problemOfResponse } from './send-hostile.ts'

/**
 * The long version, `FUZZ_REQUESTS=100000 vitest run --project server --testTimeout=0 test/fuzz`, sends that many requests of
 * each kind and prints the statuses; `FUZZ_SEED` chooses other requests. The quick version always sends the same ones, so that
 * it fails only for a change that causes the failure.
 */
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 1_000)
const IS_LONG = REQUESTS > 10_000
/** The number of requests of kinds that need a connection or a registration each. */
const COSTLY_REQUESTS = IS_LONG ? REQUESTS : REQUESTS / 10
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)
/** The normal variation of memory. A leak of a few hundred bytes per request exceeds it in the long version. */
const MEMORY_TOLERANCE_BYTES = 96 * 1024 * 1024

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

/** The number of responses by status; 0 is a connection closed without a response. */
let statuses: Record<number, number> = {}
const countStatus = (status: number) => {
  statuses[status] = (statuses[status] ?? 0) + 1
}

const residentBytes = () => Number(execFileSync('ps', ['-o', 'rss=', '-p', `${server.pid}`])) * 1_024

async function expectToServe(): Promise<void> {
  const email = `${crypto.randomUUID()}@example.com`
  expect((await createRestClient(url).orchestrateRegistration({ email, visitorId: 'v' })).status).toBe(200)
}

/** Sends as many requests at once as there are connections. fast-check shrinks the requests with a wrong response. */
async function eachOf<T>(
  name: string,
  what: fc.Arbitrary<T>,
  requests: number,
  problemOf: (one: T) => Promise<string | undefined>,
) {
  const several = fc.array(what, { minLength: CONNECTIONS, maxLength: CONNECTIONS })
  const property = fc.asyncProperty(several, async (all) => {
    const problems = await Promise.all(all.map(problemOf))
    expect(problems.filter((found) => found !== undefined)).toEqual([])
  })
  await fc.assert(property, {
    seed: SEED,
    numRuns: Math.ceil(requests / CONNECTIONS),
    endOnFailure: IS_LONG,
  })
  if (IS_LONG)
    printFigures(`hostile requests: ${name}`, SEED, {
      ...statuses,
      'resident MiB': Math.round(residentBytes() / 2 ** 20),
    })
  statuses = {}
}

describe(`${REQUESTS} hostile requests, from the seed ${SEED}`, () => {
  it('get only well-formed responses, memory stays bounded, and the server continues to work', async () => {
    await eachOf('warm-up', hostileRequest, REQUESTS / 4, (hostile) =>
      problemOfRequest(url, agent, hostile, countStatus),
    )
    const before = residentBytes()
    await eachOf('any', hostileRequest, (REQUESTS * 3) / 4, (hostile) =>
      problemOfRequest(url, agent, hostile, countStatus),
    )
    expect(residentBytes() - before).toBeLessThan(MEMORY_TOLERANCE_BYTES)
    expect(Object.prototype).not.toHaveProperty('polluted')
    await expectToServe()
  })

  it('of raw bytes get an error object or a closed connection', async () => {
    await eachOf('raw bytes', hostileBytes, COSTLY_REQUESTS, async (bytes) => {
      // The empty line completes the request, so that the server does not wait for more bytes.
      const { status, body } = await exchangeRaw(url, Buffer.concat([bytes, Buffer.from('\r\n\r\n')]), { end: true })
      countStatus(status)
      return status === 0 ? undefined : problemOfResponse(status, body)
    })
    await expectToServe()
  })

  it('that are valid by the OpenAPI document get a response of the contract', async () => {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi
    for (const [path, { post }] of Object.entries(document.paths)) {
      const { schema } = post.requestBody.content['application/json']
      const request = requestOfSchema(schema, document.components.schemas)
      await eachOf(`valid by the document, ${path}`, request, COSTLY_REQUESTS, (value) =>
        problemOfRequest(
          url,
          agent,
          {
            method: 'POST',
            path,
            headers: { 'content-type': 'application/json' },
            body: new TextEncoder().encode(JSON.stringify(value)),
          },
          countStatus,
        ),
      )
    }
  })
})

interface OpenApi {
  paths: Record<string, { post: { requestBody: { content: { 'application/json': { schema: JsonSchema } } } } }>
  components: { schemas: Record<string, JsonSchema> }
}
