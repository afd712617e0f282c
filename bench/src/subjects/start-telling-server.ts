import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type SubjectOptions, startServer } from './start-server.ts'
import type { Subject } from './subject.ts'

const LOOK_EVERY_MS = 100

/** The built server with one app that is told of every registration, and takes everything at once. */
export async function startTellingServer(options: SubjectOptions): Promise<Subject> {
  await using started = new AsyncDisposableStack()
  const receiver = createServer((request, response) => {
    request.resume()
    response.writeHead(204).end()
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  started.defer(() => {
    receiver.closeAllConnections()
    receiver.close()
  })
  const { port } = receiver.address() as AddressInfo
  const env = {
    ...options.env,
    // In production an app has to be told by https.
    NODE_ENV: 'development',
    WEBHOOK_ENDPOINTS: `bench:http://127.0.0.1:${port}/`,
    WEBHOOK_SECRETS: `bench:whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  }
  const subject = started.use(await startServer({ ...options, env }))
  const owned = started.move()
  return {
    ...subject,
    async untilDone() {
      const waiting = `select from registration_events where state = 'waiting' limit 1`
      while ((await subject.database.client.query(waiting)).rows.length > 0) await pause(LOOK_EVERY_MS)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
