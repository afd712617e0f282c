import { createDatabase } from './create-database.ts'
import { launchOnFreePort } from './launch-on-free-port.ts'
import { launchPostmaster, type PostmasterOptions } from './launch-postmaster.ts'
import type { LocalPostgres } from './local-postgres.ts'
import { postgresUrl } from './postgres-url.ts'

/** What to do once the server has ended in good order. */
type AfterStop = () => void

export interface RunningCluster extends LocalPostgres {
  /** Ends the server's main process by SIGKILL. */
  kill(): Promise<void>
}

/** Starts the server of an existing cluster and hands out its controls. @param wantedPort a free one by default */
export async function runCluster(
  options: PostmasterOptions,
  password: string,
  afterStop: AfterStop = () => {},
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
