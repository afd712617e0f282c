import { afterAll, beforeAll, expect, it } from 'vitest'
import { findLeaks } from '../support/find-leaks.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { MARK, marked } from './create-marked-visitor.ts'

// The test server logs as a host may: at a low level, with a logger that removes nothing from errors.
let server: TestServer
beforeAll(async () => {
  server = await startServer({ env: { REDIRECT_HOSTS: 'partner.example' } })
})
afterAll(() => server[Symbol.asyncDispose]())

const visitor = (what: string) => ({
  email: `${marked(what)}@example.com`,
  name: marked('name'),
  visitorId: marked('visitorid'),
  idempotencyKey: marked('key'),
  siteUrl: `https://www.example.com/?who=${marked('site')}`,
  trafficParams: { click_id: marked('click') },
  browserData: { [marked('field')]: marked('value') },
})

it('errors of rows that the database refuses log no value of the visitor, also with a host’s logger', async () => {
  await server.database.query(`alter table registrations
    add constraint no_refused check (email not like '${MARK}refused%') not valid,
    add constraint no_unsettled check (email not like '${MARK}unsettled%' or status = 'pending') not valid`)
  for (const client of [server.rest, server.trpc]) {
    expect((await client.orchestrateRegistration(visitor('refused'))).status).toBe(500)
    expect((await client.orchestrateRegistration(visitor('unsettled'))).status).toBe(200)
    expect((await client.orchestrateRegistration(visitor('visitor'))).status).toBe(200)
  }
  await expect
    .poll(() => server.log.map(({ msg }) => msg))
    .toEqual(
      expect.arrayContaining([
        'a request failed unexpectedly',
        'a result could not be saved, and waits in the outage journal',
        'a result can not be written to its row for now: it is tried again, and needs attention',
        'answered',
      ]),
    )
  const log = JSON.stringify(server.log)
  expect(log).toContain('23514')
  const links = server.partner.ledger.accounts.map(({ password }) => password)
  expect([MARK, ...links].flatMap((word) => findLeaks(word, log)).slice(0, 3)).toEqual([])
})
