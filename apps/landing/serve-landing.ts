import { fileURLToPath } from 'node:url'
import { preview } from 'vite'
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
  const server = await preview({
    root: fileURLToPath(new URL('.', import.meta.url)),
    logLevel: 'error',
    preview: { host: '127.0.0.1', port, strictPort: true, open: false },
    plugins: [
      {
        name: 'config-json',
        configurePreviewServer: ({ middlewares }) => {
          middlewares.use('/config.json', (_request, response) => {
            response.setHeader('content-type', 'application/json')
            response.end(JSON.stringify({ endpoint, verification }))
          })
        },
      },
    ],
  })
  const url = server.resolvedUrls?.local[0]
  if (!url) throw new Error('The landing page did not get a port.')
  const close = () => server.close()
  return { url, close, [Symbol.asyncDispose]: close }
}
