import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ensureBuilt } from '@registration/test-harness'
import { root } from './packed-sdk.ts'

/** One page, by its path: its HTML and what else its answer says. */
export interface Scene {
  html: string
  headers?: Record<string, string>
}

/**
 * A site on a free port that serves the pages given to `add`, the script-tag file at `/sdk.js`, the ES modules under
 * `/dist/`, and at every other address a page to go away to.
 */
export async function serveScenes() {
  ensureBuilt()
  const scenes = new Map<string, Scene>()
  const files = new Map<string, string>()
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?')
    const scene = scenes.get(path)
    const added = files.get(path)
    const file = path === '/sdk.js' ? 'dist/index.global.js' : path.startsWith('/dist/') ? path.slice(1) : undefined
    request.resume()
    if (added !== undefined) {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(added)
    } else if (file) {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(join(root, file)))
    } else {
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...scene?.headers })
        .end(scene?.html ?? '<!doctype html><h1>Elsewhere</h1>')
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let count = 0
  return {
    url,
    /** Serves a page and returns its address. */
    add(html: string, headers: Record<string, string> = {}): string {
      const path = `/scene-${++count}`
      scenes.set(path, { html, headers })
      return url + path
    },
    /** Serves a script under this path. */
    addFile(path: string, script: string): void {
      files.set(path, script)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
