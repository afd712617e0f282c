import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export const createSecret = () => `whsec_${randomBytes(32).toString('base64')}`

export interface ReceivedEvent {
  id: string
  type: string
  timestamp: string
  data: Record<string, unknown>
}

/** A webhook endpoint on a real port that records its requests. */
export interface TestEndpoint extends AsyncDisposable {
  url: string
  port: number
  /** The events with a signature of `secret`, once per request. */
  events: ReceivedEvent[]
  /** The body of each of them. */
  bodies: string[]
  /** The number of requests without a signature of `secret`. */
  unsigned: number
  /** The response to each request; 204 by default. */
  answer: { status: number; headers?: Record<string, string> }
  secret: string
}

export async function startEndpoint(secret = createSecret(), port = 0): Promise<TestEndpoint> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString('utf8')
    try {
      const event = new Webhook(endpoint.secret).verify(body, request.headers as Record<string, string>)
      if (request.headers['webhook-id'] !== (event as ReceivedEvent).id) throw new Error('another id')
      endpoint.events.push(event as ReceivedEvent)
      endpoint.bodies.push(body)
    } catch {
      endpoint.unsigned++
    }
    response.writeHead(endpoint.answer.status, endpoint.answer.headers).end()
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  const endpoint: TestEndpoint = {
    url: `http://127.0.0.1:${address.port}/hook`,
    port: address.port,
    events: [],
    bodies: [],
    unsigned: 0,
    answer: { status: 204 },
    secret,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      if (server.listening) await once(server, 'close')
    },
  }
  return endpoint
}
