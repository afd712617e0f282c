import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { registrationRequestSchema } from '@registration/shared/schemas'
import { describe, expect, it } from 'vitest'
import { askServer } from '../src/ask-server.ts'
import { scriptedServer } from './support/scripted-server.ts'

interface Wire {
  /** What SDKs and internal apps of that version send. */
  requests: object[]
  /** What servers of that version answer, and what it has to mean to an SDK. */
  answers: { status: number; body: object; means: object }[]
}

/** Versions whose wire must be understood for good; a file is never changed, only added to a new version. */
const VERSIONS = ['0.1.0']
const input = { email: 'ann@example.com', visitorId: 'visitor-1' }

describe.each(VERSIONS)('the wire of %s', (version) => {
  const wire = JSON.parse(readFileSync(join(import.meta.dirname, `wire/${version}.json`), 'utf8')) as Wire

  it.each(wire.requests)('is understood by today’s server: %o', (request) => {
    expect(registrationRequestSchema.parse(request)).toEqual(request)
  })

  it.each(wire.answers)('is understood by today’s SDK: $means', async ({ status, body, means }) => {
    await using server = await scriptedServer((response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
    const question = { path: 'orchestrateRegistration', input } as const
    const told = await askServer(question, server, { keepalive: false, timeoutMs: 600_000 })
    expect(told).toMatchObject(means)
  })
})
