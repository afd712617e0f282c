import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'

const PREFIX = '/console'
const NONCE = /__CSP_NONCE__/g
/** 128 random bits: nobody guesses what a page will allow. */
const NONCE_BYTES = 16

/** Beside the built server, or beside the sources from which tests run. */
const BUILT = ['console/', '../../dist/console/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

const MISSING =
  'The console is not in this installation. In a checkout run `npm run build` and start it anew; elsewhere install the server again, ' +
  'with its folder dist/console.\n'

/**
 * The operators' page. It holds nothing that anybody may not see: what it shows comes from the operator router, which
 * asks for a key.
 *
 * @param folder the built page
 */
export function createConsoleRoutes(folder = BUILT.find(existsSync)): FastifyPluginAsync {
  return async (server) => {
    if (folder === undefined || !existsSync(join(folder, 'index.html'))) {
      const missing = (_: unknown, reply: FastifyReply) =>
        reply.code(503).type('text/plain; charset=utf-8').send(MISSING)
      server.get(PREFIX, missing)
      server.get(`${PREFIX}/*`, missing)
      return
    }
    const page = await readFile(join(folder, 'index.html'), 'utf8')
    const sendPage = (_: unknown, reply: FastifyReply) => {
      const nonce = randomBytes(NONCE_BYTES).toString('base64')
      return reply
        .type('text/html; charset=utf-8')
        .headers({
          'cache-control': 'no-store',
          'content-security-policy': contentSecurityPolicy(nonce),
          'cross-origin-opener-policy': 'same-origin',
        })
        .send(page.replaceAll(NONCE, nonce))
    }
    server.get(PREFIX, sendPage)
    // The page finds its own way: every address below is one of its views.
    server.get(`${PREFIX}/*`, sendPage)
    await server.register(fastifyStatic, {
      root: join(folder, 'assets'),
      prefix: `${PREFIX}/assets/`,
      decorateReply: false,
      index: false,
      // Their names change with their content.
      immutable: true,
      maxAge: '1y',
    })
    const icon = await readFile(join(folder, 'favicon.svg'))
    server.get(`${PREFIX}/favicon.svg`, (_, reply) => reply.type('image/svg+xml').send(icon))
  }
}

/** Scripts from its own files alone; styles, too, and those that it makes at run time under this page's nonce. */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
