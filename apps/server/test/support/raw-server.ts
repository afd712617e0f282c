import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A server that speaks whatever it is told to, byte by byte. */
export interface RawServer extends AsyncDisposable {
  /** Such as `127.0.0.1:40123`. */
  host: string
  /** What came in, connection by connection. */
  received: string[]
}

/**
 * @param onRequest answers what has come in on a connection so far, once it is a whole request; by default nothing ever
 *   comes back
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
    // The client's end of a connection is its own business.
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      received[index] += chunk.toString('latin1')
      const request = received[index] ?? ''
      if (isWhole(request)) onRequest(socket, request)
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

/** Whether it ends with its last byte: requests that follow each other on one connection are whole one by one. */
function isWhole(received: string): boolean {
  const last = Math.max(received.lastIndexOf('POST '), received.lastIndexOf('GET '))
  const end = received.indexOf('\r\n\r\n', last)
  const [, length = '0'] = /content-length: (\d+)/i.exec(received.slice(last)) ?? []
  return last >= 0 && end >= 0 && received.length === end + 4 + Number(length)
}
