import { type StandbyPostgres, startThrowawayPostgres, type ThrowawayPostgres } from '@registration/local-postgres'
import { eventually } from '@registration/test-harness'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { asDatabaseUnavailable } from '../../src/store/database-errors.ts'
import { createPool } from '../../src/store/pool.ts'
import { startDeafServer } from '../support/deaf-server.ts'
import { freePort } from '../support/free-port.ts'
import { multiHostUrl } from '../support/multi-host-url.ts'

let primary: ThrowawayPostgres
let standby: StandbyPostgres
beforeAll(async () => {
  primary = await startThrowawayPostgres()
  standby = await primary.startStandby()
})
afterAll(() => Promise.all([primary.stop(), standby.stop()]))

const WHERE = `select inet_server_port() as port, pg_backend_pid() as pid`

function openPool(url: string) {
  const pool = createPool({ url, max: 4, onError: () => undefined })
  return {
    where: async () => (await pool.query(WHERE)).rows[0] as { port: number; pid: number },
    connect: () => pool.connect(),
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

it('a connection that became read-only is closed with all idle ones, and the next query opens a new one', async () => {
  await using pool = openPool(primary.url)
  const [stale, idle] = await Promise.all([pool.connect(), pool.connect()])
  const { pid: idlePid } = (await idle.query(WHERE)).rows[0]
  const { pid: stalePid } = (await stale.query(WHERE)).rows[0]
  idle.release()
  await stale.query('set default_transaction_read_only = on')
  const error = await stale.query('create table visitors (id int)').catch((caught: unknown) => caught)
  stale.release()
  expect(asDatabaseUnavailable(error)).toBeDefined()
  // A query fails if it gets a connection that is just closing, so it is tried again.
  const { pid } = await eventually(pool.where)
  expect([stalePid, idlePid]).not.toContain(pid)
})

it('the pool finds the primary among hosts that refuse, are silent or are a standby', async () => {
  await using deaf = await startDeafServer()
  const closed = `127.0.0.1:${await freePort()}`
  // Tried one after the other, the silent hosts alone would exceed the pool's connection time-out.
  const url = multiHostUrl(primary.url, [closed, deaf.host, deaf.host, deaf.host, hostOf(standby), hostOf(primary)])
  await using pool = openPool(url)
  const { port } = await eventually(pool.where)
  expect(port).toBe(Number(new URL(primary.url).port))
})

it('a standby is refused also if it is the only host, and the error does not contain the password', async () => {
  await using pool = openPool(`${standby.url}?target_session_attrs=read-write`)
  // On a busy machine the host may not answer in time, which is another error.
  await eventually(async () => {
    const error = await pool.where().catch((caught: unknown) => caught)
    expect(asDatabaseUnavailable(error)?.message).toMatch(
      /^None of the database's hosts takes writes: Error: 127\.0\.0\.1:\d+: it is a standby, or read-only$/,
    )
  })
})

it('after the primary was killed, queries fail until the standby is promoted, and then use it', async () => {
  await using pool = openPool(multiHostUrl(primary.url, [hostOf(primary), hostOf(standby)]))
  const client = await pool.connect()
  const broken = expect(client.query('select pg_sleep(60)')).rejects.toThrow()
  await primary.kill()
  await broken
  client.release()
  await eventually(() => expect(pool.where()).rejects.toThrow("None of the database's hosts takes writes"))
  await standby.promote()
  const { port } = await eventually(pool.where)
  expect(port).toBe(Number(new URL(standby.url).port))
})

function hostOf({ url }: ThrowawayPostgres): string {
  return new URL(url).host
}
