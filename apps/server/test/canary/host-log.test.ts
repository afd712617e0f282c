import { afterAll, beforeAll, expect, it } from 'vitest'
import { findLeaks } from '../support/find-leaks.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { MARK, marked } from './create-marked-visitor.ts'

// The test's server logs as a host's may: at a low level, and with a logger that strips nothing from errors itself.
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

it('tells a host’s log nothing of visitors whose rows the database refuses', async () => {
  await server.database.query(`alter table registrations
    add constraint no_refused check (email not like '${MARK}refused%') not valid,
    add constraint no_unsettled check (email not like '${MARK}unsettled%' or status = 'pending') not valid`)
  for (const door of [server.rest, server.trpc]) {
    expect((await door.orchestrateRegistration(visitor('refused'))).status).toBe(500)
    expect((await door.orchestrateRegistration(visitor('unsettled'))).status).toBe(200)
    expect((await door.orchestrateRegistration(visitor('visitor'))).status).toBe(200)
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
