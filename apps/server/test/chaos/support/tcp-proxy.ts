import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { type ProxiedConnection, proxyConnection, type Strike } from './proxied-connection.ts'

/** The only way to a server, on which happens what happens on networks. */
export interface TcpProxy extends AsyncDisposable {
  /** The server's URL through the proxy. */
  url: string
  /** Every connection is cut and new ones are refused, as when the machine is switched off. */
  shut(): Promise<void>
  /** Nothing passes, on old connections and on new ones, and nobody is told, as when a cable is pulled. */
  goDark(): void
  /**
   * Everything passes again, on new connections. Old ones that fell silent stay so, as when a firewall has forgotten them;
   * with `late`, what was sent on them arrives now.
   */
  heal(options?: { late?: boolean }): Promise<void>
  /** Cuts what is connected now. */
  cut(): void
  /** Resolves when the strike has found its moment, with the connection that it hits. */
  strike(strike: Strike): Promise<ProxiedConnection>
}

/** Puts a proxy through which everything passes in front of the server at `target`. */
export async function openTcpProxy(target: string): Promise<TcpProxy> {
  const url = new URL(target)
  const address = { host: url.hostname, port: Number(url.port) }
  const connections = new Set<ProxiedConnection>()
  const strikes = new Map<Strike, (struck: ProxiedConnection) => void>()
  let isDark = false

  function takeStrike(request: string, connection: ProxiedConnection): Strike | undefined {
    const due = [...strikes].find(([strike]) => strike.at(request))
    if (!due) return undefined
    const [strike, resolve] = due
    strikes.delete(strike)
    resolve(connection)
    return strike
  }

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ ...address, noDelay: true })
    const connection = proxyConnection(client, server, takeStrike)
    connections.add(connection)
    if (isDark) connection.silence()
    const forget = () => client.closed && server.closed && connections.delete(connection)
    client.once('close', forget)
    server.once('close', forget)
  })
  async function listen(port: number): Promise<void> {
    if (listener.listening) return
    listener.listen(port, '127.0.0.1')
    await once(listener, 'listening')
  }
  function cut(): void {
    for (const connection of connections) connection.cut()
  }
  async function shut(): Promise<void> {
    if (!listener.listening) return
    const closed = once(listener, 'close')
    listener.close()
    cut()
    await closed
  }

  await listen(0)
  const own = listener.address()
  if (own === null || typeof own === 'string') throw new Error('The proxy did not get a TCP port.')
  url.host = `127.0.0.1:${own.port}`
  return {
    url: url.href,
    shut,
    goDark() {
      isDark = true
      for (const connection of connections) connection.silence()
    },
    async heal({ late = false } = {}) {
      isDark = false
      if (late) for (const connection of connections) connection.resume()
      await listen(own.port)
    },
    cut,
    strike: (strike) => new Promise((resolve) => strikes.set(strike, resolve)),
    [Symbol.asyncDispose]: shut,
  }
}
