import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a service says to one request. */
export interface Said {
  status: number
  body: string
}

const CORS = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }

/** A service on a free port which pages of every origin may call: it answers their preflights itself. */
export async function openService(
  answer: (request: IncomingMessage) => Said | Promise<Said>,
): Promise<AsyncDisposable & { port: number }> {
  const server = createServer(async (request, response) => {
    try {
      const { status, body } = request.method === 'OPTIONS' ? { status: 204, body: '' } : await answer(request)
      response.writeHead(status, CORS).end(body)
    } catch {
      // The visitor was gone before the whole request was here.
      response.destroy()
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
