import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { type MisbehaviourName, type RunningPartnerSandbox, startPartnerSandbox } from '@registration/partner-sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createPartner } from '../../src/partner/create-partner.ts'
import type { PartnerCall, PartnerResult } from '../../src/registration/partner.ts'
import { startDeafServer } from '../support/deaf-server.ts'
import { startRawServer } from '../support/raw-server.ts'

/** The time-out of a call. Longer than any test with a real clock. */
const TIMEOUT_MS = 600_000

afterEach(() => {
  vi.useRealTimers()
})

const CALL: PartnerCall = {
  registrationId: '019a0000-0000-7000-8000-000000000001',
  email: 'ann@example.com',
  visitorId: 'visitor-1',
  clientIp: '203.0.113.7',
  trafficParams: {},
  maySend: () => true,
}

function partnerAt(url: string, { connections = 10 } = {}) {
  const partner = createPartner({ url, timeoutMs: TIMEOUT_MS, connections, isAllowedHost: () => true })
  return Object.assign(partner, { [Symbol.asyncDispose]: () => partner.close() })
}

/** From now on timers fire only when the test advances them; sockets work as usual. */
function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
}

/** Checks the condition on each turn of the event loop, since timers are stopped. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextTurn()
}

/** Advances timers to the call's time-out and expects that the call did not end before. */
async function expectTimeout(result: Promise<PartnerResult>): Promise<PartnerResult> {
  let hasEnded = false
  const ended = result.finally(() => {
    hasEnded = true
  })
  vi.advanceTimersByTime(TIMEOUT_MS - 1)
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  expect(hasEnded).toBe(false)
  vi.advanceTimersByTime(1)
  return ended
}

/** The result of a call that times out. @param isReached whether the server has reached the state in which time may pass */
async function callUntilTimeout(url: string, isReached: () => boolean, email = CALL.email): Promise<PartnerResult> {
  stopTimers()
  await using partner = partnerAt(url)
  const result = partner.register({ ...CALL, email })
  // Waits until the call has started its timer, too.
  await until(() => vi.getTimerCount() > 0 && isReached())
  return await expectTimeout(result)
}

const notProcessed = (reason: unknown = expect.any(String)) => ({ kind: 'not-processed', reason, reached: false })
const unknown = (answeredCompletely: boolean) =>
  expect.objectContaining({ kind: 'unknown', reason: expect.any(String), answeredCompletely })

describe('the request to the partner', () => {
  it('has the partner’s wire format and the registration’s id as its idempotency key', async () => {
    await using server = await startPartnerSandbox()
    await using partner = partnerAt(server.url)
    const trafficParams = { tag: 't', pb: '', click_id: undefined, custom_login_link: '/bonus' }
    await partner.register({ ...CALL, trafficParams })
    const [received] = server.sandbox.ledger.calls
    expect(received?.body).toEqual({ email: 'ann@example.com', tag: 't', custom_login_link: '/bonus' })
    expect(received?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-visitor-id': 'visitor-1',
      'x-client-ip': '203.0.113.7',
      'idempotency-key': CALL.registrationId,
    })
    expect(received?.headers).toMatchObject({ 'accept-encoding': 'identity' })
  })

  it('percent-encodes a visitor’s id that is not ASCII', async () => {
    await using server = await startPartnerSandbox()
    await using partner = partnerAt(server.url)
    await partner.register({ ...CALL, visitorId: 'vïsitor 1\n😀\ud83d' })
    const [received] = server.sandbox.ledger.calls
    expect(received?.headers).toMatchObject({ 'x-visitor-id': 'v%C3%AFsitor%201%0A%F0%9F%98%80%EF%BF%BD' })
  })

  it('has only the traffic parameters that are configured for the partner', async () => {
    await using server = await startPartnerSandbox()
    const partner = createPartner({
      ...{ url: server.url, timeoutMs: TIMEOUT_MS, connections: 1, isAllowedHost: () => true },
      trafficParams: ['tag', 'sub1', 'email', 'toString', 'none'],
    })
    const trafficParams = { tag: 't', sub1: 'x', pb: 'p', email: 'eve@example.com' } as PartnerCall['trafficParams']
    await partner.register({ ...CALL, trafficParams })
    await partner.close()
    expect(server.sandbox.ledger.calls[0]?.body).toEqual({ email: 'ann@example.com', tag: 't', sub1: 'x' })
  })

  it('has no x-client-ip header without a known address, and keeps the base URL’s path', async () => {
    await using server = await startRawServer((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'))
    for (const url of [`http://${server.host}/base`, `http://${server.host}/base/`]) {
      await using partner = partnerAt(url)
      await partner.register({ ...CALL, clientIp: null })
    }
    for (const request of server.received) {
      expect(request).toMatch(/^POST \/base\/register HTTP\/1.1\r\n/)
      expect(request).not.toMatch(/x-client-ip/i)
    }
    expect(server.received).toHaveLength(2)
  })
})

describe('the result is `not-processed`', () => {
  it('after a refused connection', async () => {
    // Nothing listens on the discard port.
    await using partner = partnerAt('http://127.0.0.1:9')
    expect(await partner.register(CALL)).toEqual(notProcessed('ECONNREFUSED'))
  })

  it('for an unknown host name', async () => {
    await using partner = partnerAt('http://partner.invalid')
    expect(await partner.register(CALL)).toEqual(notProcessed(expect.stringMatching(/^E(NOTFOUND|AI_AGAIN)$/)))
  })

  it('if the connection is neither accepted nor refused in time', async () => {
    await using server = await startDeafServer()
    expect(await callUntilTimeout(`http://${server.host}`, () => true)).toEqual(notProcessed())
  })

  it('if the TLS handshake does not finish in time', async () => {
    await using server = await startRawServer()
    expect(await callUntilTimeout(`https://${server.host}`, () => server.received.join('') !== '')).toEqual(
      notProcessed(),
    )
    expect(server.received.join('')).not.toContain('ann@example.com')
  })

  it('if the server does not speak TLS', async () => {
    await using server = await startPartnerSandbox()
    await using partner = partnerAt(server.url.replace('http:', 'https:'))
    expect(await partner.register(CALL)).toEqual(notProcessed(expect.stringContaining('SSL')))
  })

  it('if no connection is free in time, and the call is not sent later', async () => {
    await using server = await startRawServer((socket, request) => {
      if (request.includes('eve@example.com')) socket.write(answer(200, account()))
    })
    stopTimers()
    await using partner = partnerAt(`http://${server.host}`, { connections: 1 })
    const first = partner.register(CALL)
    // The only connection becomes free when the first call times out, at the same time as the second call.
    const second = partner.register({ ...CALL, email: 'bob@example.com' })
    await until(() => server.received.join('').includes(CALL.email))
    expect(await expectTimeout(first)).toEqual(unknown(false))
    expect(await second).toEqual(notProcessed())
    // A later call succeeds. A waiting call would have been sent before it.
    expect(await partner.register({ ...CALL, email: 'eve@example.com' })).toMatchObject({ kind: 'accepted' })
    expect(server.received.join('')).not.toContain('bob@example.com')
  })

  it('if the call’s send window has ended when a connection becomes free', async () => {
    const arrived = Promise.withResolvers<Socket>()
    await using server = await startRawServer((socket) => arrived.resolve(socket))
    await using partner = partnerAt(`http://${server.host}`, { connections: 1 })
    const first = partner.register(CALL)
    const second = partner.register({ ...CALL, email: 'bob@example.com', maySend: () => false })
    const socket = await arrived.promise
    socket.write(answer(200, account()))
    expect(await first).toMatchObject({ kind: 'accepted' })
    expect(await second).toEqual(notProcessed())
    expect(server.received.join('')).not.toContain('bob@example.com')
  })
})

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

/** Bytes that a server sends after the request has arrived, and the expected result. */
type RawAnswer = [what: string, onRequest: (socket: Socket) => void, expected: object]
const RAW_ANSWERS: RawAnswer[] = [
  ['a reset', (socket) => socket.resetAndDestroy(), unknown(false)],
  ['an end without an answer', (socket) => socket.end(), unknown(false)],
  ['an answer that is not HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), unknown(false)],
  ['headers without an end', (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}`), unknown(false)],
  [
    'fewer bytes than announced',
    (socket) => socket.end(`${head(200)}content-length: 99\r\n\r\n{"success":`),
    unknown(false),
  ],
  ['broken chunks', (socket) => socket.end(`${head(200)}transfer-encoding: chunked\r\n\r\nzz\r\n`), unknown(false)],
  [
    'only the first chunk',
    (socket) => socket.end(`${head(200)}transfer-encoding: chunked\r\n\r\n5\r\n{"suc\r\n`),
    unknown(false),
  ],
  ['a status that does not exist', (socket) => socket.end(answer(999, '{"success":true}')), unknown(false)],
  [
    'a switch of protocols',
    (socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'),
    unknown(false),
  ],
  ['an empty success', (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'), unknown(true)],
  ['a success in gzip, which was not requested', (socket) => socket.end(compressed('gzip')), { kind: 'accepted' }],
  ['a success in deflate', (socket) => socket.end(compressed('deflate')), { kind: 'accepted' }],
  ['a success in brotli', (socket) => socket.end(compressed('br')), { kind: 'accepted' }],
  ['a success compressed twice', (socket) => socket.end(compressed('gzip, br')), { kind: 'accepted' }],
  [
    'a compressed success without content-encoding',
    (socket) => socket.end(compressed('gzip', null)),
    { kind: 'accepted' },
  ],
  [
    'an uncompressed success with content-encoding',
    (socket) => socket.end(compressed('', 'gzip')),
    { kind: 'accepted' },
  ],
  [
    'a small answer that decompresses to too much',
    (socket) => socket.end(compressed('gzip', 'gzip', 70_000)),
    unknown(false),
  ],
  [
    'a success in another charset',
    (socket) =>
      socket.end(answer(200, Buffer.from(account().replace('partner', 'p\u00e4rtner'), 'latin1'), 'iso-8859-1')),
    { kind: 'accepted', depositUrl: 'https://xn--prtner-bua.example/deposit' },
  ],
  ...[1, 2, 500].map(
    (more): RawAnswer => [
      `a complete account, ${more} bytes shorter than its content-length`,
      (socket) => socket.end(`${head(200)}content-length: ${account().length + more}\r\n\r\n${account()}`),
      { kind: 'accepted' },
    ],
  ),
  ...[1, 2, 50].map(
    (less): RawAnswer => [
      `a complete account, ${less} bytes longer than its content-length`,
      (socket) => socket.end(`${head(200)}content-length: ${account().length - less}\r\n\r\n${account()}`),
      { kind: 'accepted' },
    ],
  ),
  [
    'a complete account, and then a reset',
    (socket) =>
      socket.write(`${head(200)}content-length: 999\r\n\r\n${account()}`, () =>
        setImmediate(() => socket.resetAndDestroy()),
      ),
    { kind: 'accepted' },
  ],
  [
    'a complete account in one chunk, without the last chunk',
    (socket) => socket.write(oneChunk()),
    { kind: 'accepted' },
  ],
  [
    'a complete account in one chunk, and the end of the connection',
    (socket) => socket.end(oneChunk()),
    { kind: 'accepted' },
  ],
  [
    'a complete account with transfer-encoding: chunked, but without chunks',
    (socket) => socket.end(`${head(200)}transfer-encoding: chunked\r\n\r\n${account()}`),
    { kind: 'accepted' },
  ],
  [
    'a complete account with transfer-encoding: chunked and a content-length',
    (socket) =>
      socket.end(`${head(200)}transfer-encoding: chunked\r\ncontent-length: 7\r\n\r\n${oneChunk('')}0\r\n\r\n`),
    { kind: 'accepted' },
  ],
  [
    'a complete account after headers with bare line feeds',
    (socket) => socket.end(`${head(200)}content-length: ${account().length}\r\n\r\n`.replaceAll('\r', '') + account()),
    { kind: 'accepted' },
  ],
  [
    'a complete account on a connection that stays open',
    (socket) => socket.write(`${head(200)}\r\n${account()}`),
    { kind: 'accepted' },
  ],
  [
    'a complete account after a PHP warning',
    (socket) => socket.end(answer(200, `<b>Notice</b>: x\n${account()}`)),
    { kind: 'accepted' },
  ],
  [
    'half of an account, and the end of the connection',
    (socket) => socket.end(`${head(200)}content-length: ${account().length}\r\n\r\n${account().slice(0, 40)}`),
    unknown(false),
  ],
  [
    'a truncated rejection',
    (socket) => socket.end(`${head(400)}content-length: 99\r\n\r\n{"message":"No"}`),
    unknown(false),
  ],
  ['one byte more than the limit', (socket) => socket.end(answer(200, account(64 * 1024 + 1))), unknown(false)],
  ['as many bytes as the limit', (socket) => socket.end(answer(200, account(64 * 1024))), { kind: 'accepted' }],
  [
    'a byte order mark before the JSON',
    (socket) => socket.end(answer(200, `\ufeff${account()}`)),
    { kind: 'accepted' },
  ],
  [
    'a body without a length, ended by the connection’s end',
    (socket) => socket.end(`${head(200)}\r\n${account()}`),
    { kind: 'accepted' },
  ],
  [
    'an interim response before the answer',
    (socket) => socket.end(`HTTP/1.1 103 Early Hints\r\n\r\n${answer(200, account())}`),
    { kind: 'accepted' },
  ],
  ['an unrequested 100 Continue', (socket) => socket.end(`${CONTINUE}${answer(200, account())}`), { kind: 'accepted' }],
  [
    'several interim responses',
    (socket) => socket.end(`${CONTINUE}HTTP/1.1 103 Early Hints\r\n\r\n${CONTINUE}${answer(200, account())}`),
    { kind: 'accepted' },
  ],
  [
    'interim responses in single bytes',
    (socket) => void drip(socket, `${CONTINUE}${CONTINUE}${answer(200, account())}`),
    { kind: 'accepted' },
  ],
  ['a body in single bytes', (socket) => void drip(socket, answer(200, account())), { kind: 'accepted' }],
]

/** Servers that stop sending before the answer is complete. */
const SILENCES: [what: string, onRequest: (socket: Socket) => void][] = [
  ['no answer at all', () => undefined],
  ['half of a status line', (socket) => socket.write('HTTP/1.1 20')],
  ['an interim response and then nothing', (socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')],
]

describe('after the request was sent', () => {
  it.each(RAW_ANSWERS)('%s has the expected result', async (_, onRequest, expected) => {
    await using server = await startRawServer(onRequest)
    await using partner = partnerAt(`http://${server.host}`)
    expect(await partner.register(CALL)).toMatchObject(expected)
    expect(server.received).toHaveLength(1)
  })

  it('100 Continue before each answer on a kept connection is skipped', async () => {
    await using server = await startRawServer((socket) => {
      socket.write(CONTINUE)
      setTimeout(() => socket.write(answer(200, account())), 5)
    })
    await using partner = partnerAt(`http://${server.host}`)
    for (let call = 0; call < 4; call++) expect(await partner.register(CALL)).toMatchObject({ kind: 'accepted' })
    expect(server.received.length).toBeLessThan(4)
  })

  it('an answer that arrived while the process was frozen past the time-out is read before the call times out', async () => {
    const { setTimeout: setRealTimeout } = globalThis
    stopTimers()
    await using server = await startRawServer((socket) => {
      setRealTimeout(() => vi.advanceTimersByTime(TIMEOUT_MS), 1)
      socket.write(answer(200, account()))
      // Blocks until that timer is due. As after a freeze, the event loop then runs timers first and reads sockets next.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    })
    await using partner = partnerAt(`http://${server.host}`)
    expect(await partner.register(CALL)).toMatchObject({ kind: 'accepted' })
  })

  it.each(SILENCES)('%s is `unknown` at the time-out', async (_, onRequest) => {
    let hasArrived = false
    await using server = await startRawServer((socket) => {
      onRequest(socket)
      hasArrived = true
    })
    expect(await callUntilTimeout(`http://${server.host}`, () => hasArrived)).toEqual(unknown(false))
    expect(server.received).toHaveLength(1)
  })

  it('a redirect is not followed', async () => {
    await using elsewhere = await startRawServer()
    const location = `http://${elsewhere.host}/register`
    await using server = await startRawServer((socket) =>
      socket.end(`HTTP/1.1 307 Temporary Redirect\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`),
    )
    await using partner = partnerAt(`http://${server.host}`)
    expect(await partner.register(CALL)).toEqual(unknown(true))
    expect(elsewhere.received).toEqual([])
  })

  it('a call after the partner closed its connection uses a new one', async () => {
    await using server = await startRawServer((socket) => socket.end(answer(200, account())))
    await using partner = partnerAt(`http://${server.host}`)
    expect(await partner.register(CALL)).toMatchObject({ kind: 'accepted' })
    expect(await partner.register(CALL)).toMatchObject({ kind: 'accepted' })
    expect(server.received).toHaveLength(2)
  })

  it('connections that the partner keeps open are reused', async () => {
    await using server = await startRawServer((socket) => socket.write(answer(200, account())))
    await using partner = partnerAt(`http://${server.host}`)
    for (let call = 1; call <= 5; call++) expect(await partner.register(CALL)).toMatchObject({ kind: 'accepted' })
    expect(server.received.length).toBeLessThan(3)
  })
})

const ACCEPTED = { kind: 'accepted', depositUrl: expect.stringMatching(/^https:\/\/partner\.example\/deposit\?/) }
const REJECTED = { kind: 'rejected', message: 'Registration is not available in your country' }

/** The sandbox's misbehaviours and the expected results. */
const MISBEHAVIOURS: [MisbehaviourName, object][] = [
  ['reset', unknown(false)],
  ['reset-after-creating', unknown(false)],
  ['reset-after-headers', unknown(false)],
  ['oversized-json', unknown(false)],
  ['gzip-bomb', unknown(false)],
  ['server-error-502', unknown(false)],
  ['server-error-504-after-creating', unknown(false)],
  ['server-error-500', unknown(true)],
  ['server-error-503-after-creating', unknown(false)],
  ['truncated-json', unknown(true)],
  ['html', unknown(true)],
  ['redirect', unknown(true)],
  ['too-many-requests', { kind: 'not-processed', reason: 'HTTP 429', reached: true, retryAfterMs: 1_000 }],
  ['already-exists', { kind: 'rejected', code: 'ALREADY_REGISTERED' }],
  ['success-false', { kind: 'rejected', code: 'PARTNER_REJECTED' }],
  ['no-link', { kind: 'accepted', depositUrl: null }],
  ['gzip', ACCEPTED],
  ['whole-then-reset', ACCEPTED],
  ['whole-then-hang', ACCEPTED],
  ['continue-first', ACCEPTED],
  ['domain-with-slash', ACCEPTED],
  ['domain-with-blanks', ACCEPTED],
  ['link-with-line-end', ACCEPTED],
  [
    'domain-with-path',
    { kind: 'accepted', depositUrl: expect.stringMatching(/^https:\/\/partner\.example\/en\/deposit\?/) },
  ],
  ['long-link', { kind: 'accepted', depositUrl: expect.stringMatching(/^.{2100,}x$/) }],
  ['huge-login', { kind: 'accepted', answer: { login: '9007199254740993123' } }],
  ['rejected-under-error', REJECTED],
  ['rejected-in-a-list', REJECTED],
  ['rejected-by-field', REJECTED],
  ['rejected-as-a-problem', REJECTED],
  ['email-taken', { kind: 'rejected', code: 'ALREADY_REGISTERED' }],
  ['rejected-unreadably', unknown(true)],
  ['unauthenticated', unknown(true)],
  ['forbidden', unknown(true)],
  ['not-found', unknown(true)],
  ['too-early', unknown(false)],
  ['request-in-progress', unknown(false)],
  ['gateway-408', unknown(false)],
  ['gateway-503', unknown(false)],
  ['gateway-599', unknown(false)],
  ['numeric-login', { kind: 'accepted' }],
]

/** Misbehaviours without a complete answer. */
const LASTING: MisbehaviourName[] = ['hang', 'answer-lost', 'hang-in-body', 'drip']

describe('the sandbox’s misbehaviour', () => {
  let server: RunningPartnerSandbox
  beforeAll(async () => {
    server = await startPartnerSandbox()
  })
  afterAll(() => server.close())

  it.each(MISBEHAVIOURS)('%s has the expected result', async (misbehaviour, expected) => {
    const email = `${misbehaviour}@example.com`
    server.sandbox.misbehave(email, misbehaviour)
    await using partner = partnerAt(server.url)
    expect(await partner.register({ ...CALL, email })).toMatchObject(expected)
    expect(server.sandbox.ledger.callsOf(email)).toHaveLength(1)
  })

  it.each(LASTING)('%s is `unknown` at the time-out', async (misbehaviour) => {
    const email = `${misbehaviour}@example.com`
    server.sandbox.misbehave(email, misbehaviour)
    const { ledger } = server.sandbox
    expect(await callUntilTimeout(server.url, () => ledger.callsOf(email).length > 0, email)).toEqual(unknown(false))
    expect(server.sandbox.ledger.callsOf(email)).toHaveLength(1)
  })
})

function head(status: number): string {
  return `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\n`
}

function answer(status: number, body: string | Buffer, charset = 'utf-8'): Buffer {
  const frame = `${head(status).replace('/json', `/json; charset=${charset}`)}content-length: ${Buffer.byteLength(body)}\r\n\r\n`
  return Buffer.concat([Buffer.from(frame), Buffer.from(body)])
}

/** A success of at least that many bytes. */
function account(bytes = 0): string {
  const json = (padding: string) =>
    JSON.stringify({ success: true, domain: 'partner.example', deposit: '/deposit', padding })
  return json('x'.repeat(Math.max(bytes - json('').length, 0)))
}

function oneChunk(frame = `${head(200)}transfer-encoding: chunked\r\n\r\n`): string {
  return `${frame}${account().length.toString(16)}\r\n${account()}\r\n`
}

const COMPRESSIONS: Record<string, (body: Buffer) => Buffer> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  '': (body) => body,
}

function compressed(encodings: string, saying: string | null = encodings, bytes = 0): Buffer {
  const compressions = encodings.split(', ').map((name) => COMPRESSIONS[name] as (body: Buffer) => Buffer)
  const body = compressions.reduce<Buffer>((plain, pack) => pack(plain), Buffer.from(account(bytes)))
  const said = saying === null ? '' : `content-encoding: ${saying}\r\n`
  return Buffer.concat([Buffer.from(`${head(200)}${said}content-length: ${body.length}\r\n\r\n`), body])
}

/** Writes single bytes, as fast as possible. */
async function drip(socket: Socket, bytes: string | Buffer): Promise<void> {
  for (const byte of Buffer.from(bytes)) await new Promise((written) => socket.write(Buffer.of(byte), written))
}
