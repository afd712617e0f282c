import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'
import type { PageConfig } from './src/config.ts'

export interface ServeLandingOptions extends PageConfig {
  /** 0, the default, takes a free one. */
  port?: number
}

export interface ServedLanding extends AsyncDisposable {
  /** The page's address; its origin is what `ALLOWED_ORIGINS` takes. */
  url: string
  close(): Promise<void>
}

/** Serves the built page on this machine, with the `config.json` that tells it where its servers are. */
export async function serveLanding({ port = 0, endpoint, verification }: ServeLandingOptions): Promise<ServedLanding> {
  // In `dev` mode it reads the disk every time: the page may be built while it is served.
  const serveFile = sirv(fileURLToPath(new URL('dist', import.meta.url)), { dev: true })
  const server = createServer((request, response) => {
    if (request.url !== '/config.json') return serveFile(request, response)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ endpoint, verification }))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')

  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close,
    [Symbol.asyncDispose]: close,
  }
}
