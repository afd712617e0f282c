import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type RunningPartnerSandbox, startPartnerSandbox } from '../src/index.ts'
import { register } from './support/register.ts'

let running: RunningPartnerSandbox
beforeAll(async () => {
  running = await startPartnerSandbox()
})
afterEach(() => running.sandbox.reset())
afterAll(() => running.close())

const accounts = () => running.sandbox.ledger.accounts
const hungUp = { cause: { code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) } }

it('opens an account behind a real port and records the call', async () => {
  const response = await register(running.url, 'ann@example.com')
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(await response.json()).toMatchObject({ success: true, domain: 'partner.example' })
  expect(running.sandbox.ledger.callsOf('ann@example.com')).toMatchObject([
    { status: 200, headers: { 'x-visitor-id': 'visitor-1', 'x-client-ip': '203.0.113.7' } },
  ])
})

it('serves three hundred visitors at once, each with one account', async () => {
  const emails = Array.from({ length: 300 }, (_, index) => `visitor${index}@example.com`)
  const answers = await Promise.all(emails.map(async (email) => (await register(running.url, email)).json()))
  expect(answers).toHaveLength(300)
  expect(new Set(accounts().map(({ email }) => email)).size).toBe(300)
  expect(running.sandbox.ledger.overlappingCalls()).toEqual([])
})

it.each([
  ['reset', 0],
  ['reset-after-creating', 1],
] as const)('resets the connection before a byte came back when tagged %s, with %i accounts', async (name, count) => {
  await expect(register(running.url, `ann+${name}@example.com`)).rejects.toMatchObject(hungUp)
  expect(accounts()).toHaveLength(count)
  await running.sandbox.ledger.until(({ calls }) => calls[0]?.endedAt != null)
  expect(running.sandbox.ledger.calls[0]?.status).toBeNull()
})

it('resets the connection in the middle of the body', async () => {
  const response = await register(running.url, 'ann+reset-after-headers@example.com')
  expect(response.status).toBe(200)
  await expect(response.text()).rejects.toMatchObject(hungUp)
  expect(accounts()).toHaveLength(1)
})

it.each([
  ['hang', 0],
  ['answer-lost', 1],
] as const)('lets the caller of %s wait, with %i accounts, and notices that it left', async (name, count) => {
  const caller = new AbortController()
  const call = register(running.url, `ann+${name}@example.com`, { signal: caller.signal })
  await running.sandbox.ledger.until(({ calls }) => calls.length === 1)
  expect(running.sandbox.ledger.calls[0]?.endedAt).toBeNull()
  caller.abort()
  await expect(call).rejects.toThrow('aborted')
  await running.sandbox.ledger.until(({ calls }) => calls[0]?.endedAt != null)
  expect(accounts()).toHaveLength(count)
})

it('notices that a caller left also when garbage was collected while the call hung', async () => {
  const caller = new AbortController()
  const call = register(running.url, 'ann+hang@example.com', { signal: caller.signal })
  await running.sandbox.ledger.until(({ calls }) => calls.length === 1)
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  // A call that hangs since an earlier turn of the event loop is referenced only by its wait.
  await new Promise(setImmediate)
  collectGarbage()
  caller.abort()
  await expect(call).rejects.toThrow('aborted')
  await running.sandbox.ledger.until(({ calls }) => calls[0]?.endedAt != null)
})

it('sends headers and half a body and then nothing', async () => {
  const caller = new AbortController()
  const response = await register(running.url, 'ann+hang-in-body@example.com', { signal: caller.signal })
  const reader = response.body?.getReader()
  const { value } = (await reader?.read()) ?? {}
  expect(Buffer.from(value ?? []).toString()).toMatch(/^\{"success":true,/)
  expect(running.sandbox.ledger.calls[0]?.endedAt).toBeNull()
  caller.abort()
  await running.sandbox.ledger.until(({ calls }) => calls[0]?.endedAt != null)
})

it('drips the body byte by byte', async () => {
  running.sandbox.misbehave('ann@example.com', 'drip', { delayMs: 1 })
  const response = await register(running.url, 'ann@example.com')
  const sizes: number[] = []
  for await (const chunk of response.body ?? []) sizes.push(chunk.length)
  // A reader that is late gets several bytes at once.
  expect(sizes.length).toBeGreaterThan(1)
  expect(accounts()).toHaveLength(1)
})

it('sends valid JSON of 64 MiB', async () => {
  const response = await register(running.url, 'ann+oversized-json@example.com')
  const body = await response.text()
  expect(body.length).toBeGreaterThan(64 * 1024 * 1024)
  expect(JSON.parse(body)).toMatchObject({ success: true, deposit: expect.any(String) })
})

it('sends a gzip bomb that grows a thousandfold', async () => {
  const socket = connect(Number(new URL(running.url).port), '127.0.0.1')
  const body = JSON.stringify({ email: 'ann+gzip-bomb@example.com' })
  socket.end(`POST /register HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  const wire = await text(socket)
  expect(wire).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(wire).toContain('\r\ncontent-encoding: gzip\r\n')
  expect(wire.length).toBeLessThan(3 * 1024 * 1024)

  const response = await register(running.url, 'bob+gzip-bomb@example.com')
  let unpacked = 0
  for await (const chunk of response.body ?? []) {
    unpacked += chunk.length
    if (unpacked > 100 * 1024 * 1024) break
  }
  expect(unpacked).toBeGreaterThan(100 * 1024 * 1024)
})

it('survives a caller that leaves while its body is being sent', async () => {
  const caller = new AbortController()
  await register(running.url, 'ann+oversized-json@example.com', { signal: caller.signal })
  caller.abort()
  await running.sandbox.ledger.until(({ calls }) => calls[0]?.endedAt != null)
  expect((await register(running.url, 'bob@example.com')).status).toBe(200)
})

it('answers 404 where there is no route', async () => {
  expect((await fetch(`${running.url}/nowhere`)).status).toBe(404)
})

it('frees its port when disposed, also while calls hang', async () => {
  let url = ''
  let call: Promise<unknown>
  {
    await using short = await startPartnerSandbox()
    url = short.url
    call = register(url, 'ann+hang@example.com').catch((error: unknown) => error)
    await short.sandbox.ledger.until(({ calls }) => calls.length === 1)
  }
  expect(await call).toMatchObject(hungUp)
  await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
})

it('is at work behind a gateway that has given up, and opens the account then', async () => {
  running.sandbox.misbehave('ann@example.com', 'gateway-503', { delayMs: 100 })
  const response = await register(running.url, 'ann@example.com')
  expect(response.status).toBe(503)
  await response.text()
  expect(running.sandbox.ledger.calls[0]).toMatchObject({ status: 503, endedAt: null })
  expect(accounts()).toHaveLength(0)
  await running.sandbox.ledger.until(({ calls }) => calls[0]?.endedAt != null)
  expect(accounts()).toHaveLength(1)
})

it('says 100 Continue though nobody asked for it', async () => {
  const { hostname, port } = new URL(running.url)
  const body = '{"email":"ann+continue-first@example.com"}'
  const socket = connect(Number(port), hostname)
  socket.end(`POST /register HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
})
