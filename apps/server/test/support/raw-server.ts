import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A TCP server that answers with any bytes. */
export interface RawServer extends AsyncDisposable {
  /** For example `127.0.0.1:40123`. */
  host: string
  /** The received bytes, one entry per connection. */
  received: string[]
}

/**
 * @param onRequest is called with the bytes of a connection so far, each time a request is complete. By default nothing
 *   is sent
 */
export async function startRawServer(
  onRequest: (socket: Socket, request: string) => void = () => undefined,
): Promise<RawServer> {
  const received: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const index = received.push('') - 1
    sockets.add(socket)
    socket.setNoDelay()
    // Tests reset connections on purpose.
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      received[index] += chunk.toString('latin1')
      const request = received[index] ?? ''
      if (isComplete(request)) onRequest(socket, request)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server did not get a TCP port.')
  return {
    host: `127.0.0.1:${address.port}`,
    received,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Whether the last request on the connection is complete and nothing follows it. */
function isComplete(received: string): boolean {
  const last = Math.max(received.lastIndexOf('POST '), received.lastIndexOf('GET '))
  const end = received.indexOf('\r\n\r\n', last)
  const [, length = '0'] = /content-length: (\d+)/i.exec(received.slice(last)) ?? []
  return last >= 0 && end >= 0 && received.length === end + 4 + Number(length)
}
