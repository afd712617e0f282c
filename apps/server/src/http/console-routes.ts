import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'

const PREFIX = '/console'
const NONCE = /__CSP_NONCE__/g
/** 128 random bits, so that an injected script can't guess the nonce. */
const NONCE_BYTES = 16

/** Where the built console is: beside the built server, or in `dist` if tests run from the sources. */
const BUILT = ['console/', '../../dist/console/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

const MISSING =
  'The console is missing in this installation. In a checkout, run `npm run build` and restart the server; otherwise reinstall the ' +
  'server with its folder dist/console.\n'

/**
 * Serves the operators' console. The files need no key, since they hold no data: the page reads that from the operator
 * router, which requires one.
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
    // Every path below is a view of the page's own router.
    server.get(`${PREFIX}/*`, sendPage)
    await server.register(fastifyStatic, {
      root: join(folder, 'assets'),
      prefix: `${PREFIX}/assets/`,
      decorateReply: false,
      index: false,
      // File names contain a hash of the content.
      immutable: true,
      maxAge: '1y',
    })
    const icon = await readFile(join(folder, 'favicon.svg'))
    server.get(`${PREFIX}/favicon.svg`, (_, reply) => reply.type('image/svg+xml').send(icon))
  }
}

/** Allows scripts and styles of the server's own files, and the styles that the page creates at run time with the nonce. */
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
