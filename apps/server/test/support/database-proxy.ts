import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream'

/** A TCP proxy to a database. Disabled, it behaves like a database server that was stopped. */
export interface DatabaseProxy extends AsyncDisposable {
  /** The database's URL through the proxy. */
  url: string
  /** Closes all connections and refuses new ones. */
  disable(): Promise<void>
  enable(): Promise<void>
  /** Resolves once this text is sent to the database, in a statement or as one of its values. */
  receives(text: string): Promise<void>
}

/** Starts an enabled proxy to the database at `databaseUrl`. */
export async function openDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const url = new URL(databaseUrl)
  const target = { host: url.hostname, port: Number(url.port) }
  const connections = new Set<Socket>()
  const observers = new Set<(chunk: Buffer) => void>()
  const server = createServer((client) => {
    connections.add(client)
    const database = connect(target)
    pipeline(client, database, client, () => connections.delete(client))
    client.on('data', (chunk) => {
      for (const observe of observers) observe(chunk)
    })
  })

  async function enable(port: number): Promise<void> {
    if (server.listening) return
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }

  async function disable(): Promise<void> {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const connection of connections) connection.destroy()
    await closed
  }

  function receives(text: string): Promise<void> {
    return new Promise((resolve) => {
      const observe = (chunk: Buffer) => {
        if (!chunk.includes(text)) return
        observers.delete(observe)
        resolve()
      }
      observers.add(observe)
    })
  }

  await enable(0)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy did not get a TCP port.')
  url.host = `127.0.0.1:${address.port}`
  return { url: url.href, disable, enable: () => enable(address.port), receives, [Symbol.asyncDispose]: disable }
}
