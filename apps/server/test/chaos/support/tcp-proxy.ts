import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { type ConnectionFault, type ProxiedConnection, proxyConnection } from './proxied-connection.ts'

/** A TCP proxy in front of a server, which simulates network faults. */
export interface TcpProxy extends AsyncDisposable {
  /** The server's URL through the proxy. */
  url: string
  /** Resets every connection and refuses new ones, as if the server were stopped. */
  disable(): Promise<void>
  /** Drops all data on old and new connections without closing them, as an unplugged cable does. */
  blackhole(): void
  /**
   * Forwards data on new connections again. Old ones stay silent, as after a firewall has dropped its state;
   * with `late`, what was sent on them arrives now.
   */
  restore(options?: { late?: boolean }): Promise<void>
  /** Resets the current connections. */
  cutConnections(): void
  /** Resolves when the fault has found its moment, with the connection that it hits. */
  injectFault(fault: ConnectionFault): Promise<ProxiedConnection>
}

/** Opens a proxy in front of the server at `target`. */
export async function openTcpProxy(target: string): Promise<TcpProxy> {
  const url = new URL(target)
  const address = { host: url.hostname, port: Number(url.port) }
  const connections = new Set<ProxiedConnection>()
  const pendingFaults = new Map<ConnectionFault, (hit: ProxiedConnection) => void>()
  let isDark = false

  function takeFault(request: string, connection: ProxiedConnection): ConnectionFault | undefined {
    const due = [...pendingFaults].find(([fault]) => fault.matches(request))
    if (!due) return undefined
    const [fault, resolve] = due
    pendingFaults.delete(fault)
    resolve(connection)
    return fault
  }

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ ...address, noDelay: true })
    const connection = proxyConnection(client, server, takeFault)
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
  function cutConnections(): void {
    for (const connection of connections) connection.cut()
  }
  async function disable(): Promise<void> {
    if (!listener.listening) return
    const closed = once(listener, 'close')
    listener.close()
    cutConnections()
    await closed
  }

  await listen(0)
  const own = listener.address()
  if (own === null || typeof own === 'string') throw new Error('The proxy did not get a TCP port.')
  url.host = `127.0.0.1:${own.port}`
  return {
    url: url.href,
    disable,
    blackhole() {
      isDark = true
      for (const connection of connections) connection.silence()
    },
    async restore({ late = false } = {}) {
      isDark = false
      if (late) for (const connection of connections) connection.resume()
      await listen(own.port)
    },
    cutConnections,
    injectFault: (fault) => new Promise((resolve) => pendingFaults.set(fault, resolve)),
    [Symbol.asyncDispose]: disable,
  }
}
