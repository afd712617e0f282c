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

it('drops the connection that takes no writes any more, with those that lie idle, and connects anew', async () => {
  await using pool = openPool(primary.url)
  const [stale, idle] = await Promise.all([pool.connect(), pool.connect()])
  const { pid: idlePid } = (await idle.query(WHERE)).rows[0]
  const { pid: stalePid } = (await stale.query(WHERE)).rows[0]
  idle.release()
  await stale.query('set default_transaction_read_only = on')
  const refusal = await stale.query('create table visitors (id int)').catch((error: unknown) => error)
  stale.release()
  expect(asDatabaseUnavailable(refusal)).toBeDefined()
  // Whoever takes a connection in the moment of its end has to try again.
  const { pid } = await eventually(pool.where)
  expect([stalePid, idlePid]).not.toContain(pid)
})

it('finds the host that takes writes beside one that is gone, a standby, and some that say nothing', async () => {
  await using deaf = await startDeafServer()
  const nobody = `127.0.0.1:${await freePort()}`
  // One after the other, the silent ones alone would take longer than the pool waits.
  const url = multiHostUrl(primary.url, [nobody, deaf.host, deaf.host, deaf.host, hostOf(standby), hostOf(primary)])
  await using pool = openPool(url)
  const { port } = await eventually(pool.where)
  expect(port).toBe(Number(new URL(primary.url).port))
})

it('takes no standby for a primary, whatever it is told it is, and says so without the password', async () => {
  await using pool = openPool(`${standby.url}?target_session_attrs=read-write`)
  // A host that does not answer in time is reported as such, which a busy machine may cause.
  await eventually(async () => {
    const refusal = await pool.where().catch((error: unknown) => error)
    expect(asDatabaseUnavailable(refusal)?.message).toMatch(
      /^None of the database's hosts takes writes: Error: 127\.0\.0\.1:\d+: it is a standby, or read-only$/,
    )
  })
})

it('follows the primary to the standby that takes its place', async () => {
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
