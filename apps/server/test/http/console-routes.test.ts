import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { createConsoleRoutes } from '../../src/http/console-routes.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A folder with the files of a built console. */
function builtConsole(): string {
  const folder = temporaryFolder()
  onTestFinished(() => folder[Symbol.dispose]())
  mkdirSync(join(folder.path, 'assets'))
  writeFileSync(join(folder.path, 'index.html'), '<meta nonce="__CSP_NONCE__"><script nonce="__CSP_NONCE__"></script>')
  writeFileSync(join(folder.path, 'favicon.svg'), '<svg/>')
  writeFileSync(join(folder.path, 'assets/index-1234.js'), 'start()')
  return folder.path
}

async function serve(folder: string) {
  const server = Fastify()
  onTestFinished(() => server.close())
  await server.register(createConsoleRoutes(folder))
  return server
}

const NONCE = /'nonce-([^']+)'/

it('every path of the console gets the page, with a new nonce per response in page and policy', async () => {
  const server = await serve(builtConsole())
  const nonces = new Set<string>()
  for (const url of ['/console', '/console/', '/console/registrations/1?status=stuck']) {
    const { statusCode, headers, body } = await server.inject(url)
    expect([statusCode, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-store',
    ])
    const policy = `${headers['content-security-policy']}`
    const [, nonce = ''] = NONCE.exec(policy) ?? []
    expect(body).toBe(`<meta nonce="${nonce}"><script nonce="${nonce}"></script>`)
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
    expect(headers['cross-origin-opener-policy']).toBe('same-origin')
    // 128 bits.
    expect(Buffer.from(nonce, 'base64')).toHaveLength(16)
    nonces.add(nonce)
  }
  expect(nonces.size).toBe(3)
})

it('hashed assets are cached immutably, and unknown ones are 404', async () => {
  const server = await serve(builtConsole())
  const script = await server.inject('/console/assets/index-1234.js')
  expect(script.body).toBe('start()')
  expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect((await server.inject('/console/assets/index-5678.js')).statusCode).toBe(404)
  expect((await server.inject('/console/assets/..%2findex.html')).statusCode).toBeGreaterThanOrEqual(400)
  expect((await server.inject('/console/favicon.svg')).headers['content-type']).toBe('image/svg+xml')
})

it('without a built console every path is 503 and says how to build it', async () => {
  const folder = temporaryFolder()
  onTestFinished(() => folder[Symbol.dispose]())
  const server = await serve(folder.path)
  for (const url of ['/console', '/console/overview']) {
    const { statusCode, body } = await server.inject(url)
    expect([statusCode, body]).toEqual([503, expect.stringContaining('npm run build')])
  }
})
