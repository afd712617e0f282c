import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export const aSecret = () => `whsec_${randomBytes(32).toString('base64')}`

export interface ReceivedEvent {
  id: string
  type: string
  timestamp: string
  data: Record<string, unknown>
}

/** An app that is told what happened, on a real port. */
export interface TestReceiver extends AsyncDisposable {
  url: string
  port: number
  /** What came with a signature of `secret`, as often as it came. */
  events: ReceivedEvent[]
  /** The bytes of each. */
  bodies: string[]
  /** Requests that no secret of ours had signed. */
  unsigned: number
  /** What it answers; 204 by default. */
  answer: { status: number; headers?: Record<string, string> }
  secret: string
}

export async function startReceiver(secret = aSecret(), port = 0): Promise<TestReceiver> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString('utf8')
    try {
      const event = new Webhook(receiver.secret).verify(body, request.headers as Record<string, string>)
      if (request.headers['webhook-id'] !== (event as ReceivedEvent).id) throw new Error('another id')
      receiver.events.push(event as ReceivedEvent)
      receiver.bodies.push(body)
    } catch {
      receiver.unsigned++
    }
    response.writeHead(receiver.answer.status, receiver.answer.headers).end()
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  const receiver: TestReceiver = {
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
  return receiver
}
