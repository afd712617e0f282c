// Can be run alone: WEBHOOK_SECRET=whsec_… PORT=4000 node receive-events.ts
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { Webhook } from 'standardwebhooks'

interface Received {
  id: string
  type: string
  data: Record<string, unknown>
}

const MOST_BYTES = 64 * 1024

/**
 * A complete webhook endpoint: verifies the signature, handles each id once, and answers 204 when the event is handled.
 *
 * @param secret the endpoint's secret, `whsec_…`
 * @param handle handles one event; if it fails, the server sends the event again later
 */
export function createEndpoint(secret: string, handle: (event: Received) => Promise<void>): Server {
  const webhook = new Webhook(secret)
  // A real app stores the ids in its database, in the same transaction as the changes that the event causes.
  const handled = new Set<string>()
  return createServer(async (request, response) => {
    try {
      const body = await bodyOf(request)
      // Verifies the raw bytes; throws for a wrong signature and for one older than five minutes.
      const event = webhook.verify(body, request.headers as Record<string, string>) as Received
      if (!handled.has(event.id)) await handle(event)
      handled.add(event.id)
      response.writeHead(204).end()
    } catch {
      response.writeHead(400).end()
    }
  })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new Error('too big')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

if (import.meta.main) {
  const { WEBHOOK_SECRET = '', PORT = '4000' } = process.env
  createEndpoint(WEBHOOK_SECRET, async ({ id, type, data }) => {
    process.stdout.write(`${id} ${type} ${data['registrationId']}\n`)
  }).listen(Number(PORT), '127.0.0.1')
}
