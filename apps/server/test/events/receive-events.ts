// Runs by itself, too: WEBHOOK_SECRET=whsec_… PORT=4000 node receive-events.ts
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { Webhook } from 'standardwebhooks'

interface Received {
  id: string
  type: string
  data: Record<string, unknown>
}

const MOST_BYTES = 64 * 1024

/**
 * A receiver of events, whole: it believes what is signed, handles each id once, and answers before long.
 *
 * @param secret the endpoint's, `whsec_…`
 * @param handle what the app does with an event; where it fails, the event comes again
 */
export function createReceiver(secret: string, handle: (event: Received) => Promise<void>): Server {
  const webhook = new Webhook(secret)
  // An app keeps them in its database, written in the commit of what it did by them.
  const handled = new Set<string>()
  return createServer(async (request, response) => {
    try {
      const body = await bodyOf(request)
      // Over the bytes as they came; throws at a wrong signature, and at one that is older than five minutes.
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
  createReceiver(WEBHOOK_SECRET, async ({ id, type, data }) => {
    process.stdout.write(`${id} ${type} ${data['registrationId']}\n`)
  }).listen(Number(PORT), '127.0.0.1')
}
