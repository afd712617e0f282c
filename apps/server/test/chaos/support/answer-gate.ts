import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream'

/** The way to a database on which its answers can be held up: what was asked for is done, and whoever asked doesn't know. */
export interface AnswerGate extends AsyncDisposable {
  /** The database's URL through the gate. */
  url: string
  hold(): void
  release(): void
}

/** Puts an open gate in front of the database at `databaseUrl`. */
export async function openAnswerGate(databaseUrl: string): Promise<AnswerGate> {
  const url = new URL(databaseUrl)
  const target = { host: url.hostname, port: Number(url.port) }
  const asking = new Set<{ client: Socket; database: Socket }>()
  let held = false

  const server = createServer((client) => {
    const database = connect(target)
    const way = { client, database }
    asking.add(way)
    database.pipe(client)
    if (held) database.unpipe(client)
    pipeline(client, database, () => {
      asking.delete(way)
      client.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The gate did not get a TCP port.')
  url.host = `127.0.0.1:${address.port}`

  return {
    url: url.href,
    hold() {
      held = true
      for (const { client, database } of asking) database.unpipe(client)
    },
    release() {
      held = false
      for (const { client, database } of asking) database.pipe(client)
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const { client, database } of asking) {
        client.destroy()
        database.destroy()
      }
      await closed
    },
  }
}
