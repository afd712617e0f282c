import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import type { LocalPostgres } from './local-postgres.ts'
import { launchOnFreePort, launchPostmaster, type PostmasterOptions } from './postmaster.ts'

export interface RunningCluster extends LocalPostgres {
  /** Ends the server's main process by SIGKILL. */
  kill(): Promise<void>
}

/**
 * Starts the server of an existing cluster.
 *
 * @param afterStop called each time the server has been stopped cleanly
 * @param wantedPort a free one by default
 */
export async function runCluster(
  options: PostmasterOptions,
  password: string,
  afterStop: () => void = () => {},
  wantedPort?: number,
): Promise<RunningCluster> {
  let postmaster = await (wantedPort ? launchPostmaster({ ...options, port: wantedPort }) : launchOnFreePort(options))
  const { port } = postmaster
  const url = postgresUrl(port, password)

  async function stop(): Promise<void> {
    await postmaster.end('INT')
    afterStop()
  }

  return {
    url,
    stop,
    crash: () => postmaster.end('QUIT'),
    kill: () => postmaster.end('KILL'),
    async restart() {
      if (postmaster.running) throw new Error(`PostgreSQL in ${options.cluster} is running: stop or crash it first.`)
      postmaster = await launchPostmaster({ ...options, port })
    },
    createDatabase: () => createDatabase(url),
    [Symbol.asyncDispose]: stop,
  }
}

/** Makes an empty, randomly named database on the server behind `url`, whose role must be allowed to. Returns its URL. */
export async function createDatabase(url: string): Promise<string> {
  const name = `db_${randomUUID().replaceAll('-', '')}`
  await onConnection(url, (client) => client.query(`CREATE DATABASE ${name}`))
  const created = new URL(url)
  created.pathname = `/${name}`
  return created.href
}

/** Opens a connection for some work, and closes it afterwards. */
export async function onConnection<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The URL of the superuser's own database on a local server. The password must be safe in a URL. */
export function postgresUrl(port: number, password: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
}
