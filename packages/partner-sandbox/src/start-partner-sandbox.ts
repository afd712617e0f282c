import { once } from 'node:events'
import { createServer } from 'node:http'
import { createPartnerSandbox, type PartnerSandbox, type PartnerSandboxOptions } from './partner-sandbox.ts'
import { serveHandlers } from './serve-handlers.ts'

export interface StartPartnerSandboxOptions extends PartnerSandboxOptions {
  /** 0, the default, takes a free one. */
  port?: number | undefined
  /** `127.0.0.1` by default. */
  host?: string | undefined
}

export interface RunningPartnerSandbox extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123`: what `PARTNER_URL` takes. */
  url: string
  sandbox: PartnerSandbox
  /** Cuts every connection and resolves when the port is free again. */
  close(): Promise<void>
}

/** Puts the sandbox behind a real port. Rejects when the port can't be had. */
export async function startPartnerSandbox(options: StartPartnerSandboxOptions = {}): Promise<RunningPartnerSandbox> {
  const { port = 0, host = '127.0.0.1', ...sandboxOptions } = options
  const sandbox = createPartnerSandbox(sandboxOptions)
  const server = createServer((incoming, outgoing) => void serveHandlers(sandbox.handlers, incoming, outgoing))
  // Node's 5 seconds would close pooled connections just as a test's next call takes them.
  server.keepAliveTimeout = 60_000
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The sandbox did not get a TCP port.')

  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return { url: `http://${host}:${address.port}`, sandbox, close, [Symbol.asyncDispose]: close }
}
