import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/start-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const LARGE = JSON.stringify({ text: 'x'.repeat(900_000) })
const JSON_BODY = { 'content-type': 'application/json' }

it.each([
  ['a folder of the console', '/console/assets/', {}, 400],
  ['a path out of the console', '/console/assets/%2e%2e%2f%2e%2e%2fpackage.json', {}, 404],
  ['a file of the console that does not exist', '/console/assets/x.js', {}, 404],
  ['a byte range that does not exist', '/console/favicon.svg', { headers: { range: 'bytes=9999999-' } }, 200],
  ['an unknown route', '/nowhere', {}, 404],
  ['a large body on an unknown route', '/nowhere', { method: 'POST', headers: JSON_BODY, body: LARGE }, 404],
  ['a body of an unknown type on an unknown route', '/nowhere', { method: 'POST', body: 'x' }, 404],
  ['a large body', '/api/users/orchestrate-registration', { method: 'POST', headers: JSON_BODY, body: LARGE }, 400],
  ['an unknown method', '/api/users/orchestrate-registration', { method: 'DELETE' }, 404],
  ['a malformed path', '/%zz', {}, 400],
])('%s is refused without a line in the log', async (_, path, init, status) => {
  const before = server.log.length
  const response = await fetch(`${server.url}${path}`, init)
  await response.arrayBuffer()
  expect(response.status).toBe(status)
  expect(server.log.slice(before).filter(({ level }) => Number(level) >= 40)).toEqual([])
})

it.each(['/api/users/orchestrate-registration', '/trpc/orchestrateRegistration', '/nowhere'])(
  'an upload to %s that the client breaks off leaves no error in the log',
  async (path) => {
    const before = server.log.length
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{"email":`
    await new Promise((resolve) => socket.write(head, resolve))
    await pause(50)
    socket.resetAndDestroy()
    // The next request shows that the server has dealt with the one before.
    await fetch(`${server.url}/livez`)
    await pause(100)
    expect(server.log.slice(before).filter(({ level }) => Number(level) >= 40)).toEqual([])
  },
)
