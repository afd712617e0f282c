import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { type MisbehaviourName, type RunningPartnerSandbox, startPartnerSandbox } from '@registration/partner-sandbox'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createPartner } from '../../src/partner/create-partner.ts'
import type { PartnerCall, PartnerResult } from '../../src/registration/partner.ts'
import { startDeafServer } from '../support/deaf-server.ts'
import { startRawServer } from '../support/raw-server.ts'

/** How long a call may take: where time passes by itself, longer than any test. */
const TIMEOUT_MS = 600_000

afterEach(() => {
  vi.useRealTimers()
})

const order: PartnerCall = {
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

/** From now on timers fire when the test says that their time has come; sockets go on as they do. */
function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
}

/** Looks at each turn of the event loop, since no timer would. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextTurn()
}

/** Lets the time for a call pass, and shows that it was not over before. */
async function timeIsOver(reply: Promise<PartnerResult>): Promise<PartnerResult> {
  let isOver = false
  const ended = reply.finally(() => {
    isOver = true
  })
  vi.advanceTimersByTime(TIMEOUT_MS - 1)
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  expect(isOver).toBe(false)
  vi.advanceTimersByTime(1)
  return ended
}

/** Asks a partner of which nothing comes, and gives how that ended. @param isReached whether it may be over now */
async function giveUp(url: string, isReached: () => boolean, email = order.email): Promise<PartnerResult> {
  stopTimers()
  await using partner = partnerAt(url)
  const reply = partner.register({ ...order, email })
  // Of the call's own timer, too.
  await until(() => vi.getTimerCount() > 0 && isReached())
  return await timeIsOver(reply)
}

const notProcessed = (reason: unknown = expect.any(String)) => ({ kind: 'not-processed', reason, reached: false })
const unknown = (answeredCompletely: boolean) =>
  expect.objectContaining({ kind: 'unknown', reason: expect.any(String), answeredCompletely })

describe('what is sent', () => {
  it('is the partner’s wire format, with the registration’s id as key', async () => {
    await using server = await startPartnerSandbox()
    await using partner = partnerAt(server.url)
    const trafficParams = { tag: 't', pb: '', click_id: undefined, custom_login_link: '/bonus' }
    await partner.register({ ...order, trafficParams })
    const [call] = server.sandbox.ledger.calls
    expect(call?.body).toEqual({ email: 'ann@example.com', tag: 't', custom_login_link: '/bonus' })
    expect(call?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-visitor-id': 'visitor-1',
      'x-client-ip': '203.0.113.7',
      'idempotency-key': order.registrationId,
    })
    expect(call?.headers).toMatchObject({ 'accept-encoding': 'identity' })
  })

  it('is sent whatever the visitor’s id is made of', async () => {
    await using server = await startPartnerSandbox()
    await using partner = partnerAt(server.url)
    await partner.register({ ...order, visitorId: 'vïsitor 1\n😀\ud83d' })
    const [call] = server.sandbox.ledger.calls
    expect(call?.headers).toMatchObject({ 'x-visitor-id': 'v%C3%AFsitor%201%0A%F0%9F%98%80%EF%BF%BD' })
  })

  it('is the traffic parameters that the partner is told, whatever else there is', async () => {
    await using server = await startPartnerSandbox()
    const partner = createPartner({
      ...{ url: server.url, timeoutMs: TIMEOUT_MS, connections: 1, isAllowedHost: () => true },
      trafficParams: ['tag', 'sub1', 'email', 'toString', 'none'],
    })
    const trafficParams = { tag: 't', sub1: 'x', pb: 'p', email: 'eve@example.com' } as PartnerCall['trafficParams']
    await partner.register({ ...order, trafficParams })
    await partner.close()
    expect(server.sandbox.ledger.calls[0]?.body).toEqual({ email: 'ann@example.com', tag: 't', sub1: 'x' })
  })

  it('has no address where none is known, and keeps the base URL’s path', async () => {
    await using server = await startRawServer((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'))
    for (const url of [`http://${server.host}/base`, `http://${server.host}/base/`]) {
      await using partner = partnerAt(url)
      await partner.register({ ...order, clientIp: null })
    }
    for (const request of server.received) {
      expect(request).toMatch(/^POST \/base\/register HTTP\/1.1\r\n/)
      expect(request).not.toMatch(/x-client-ip/i)
    }
    expect(server.received).toHaveLength(2)
  })
})

describe('certainly not processed', () => {
  it('is a refused connection', async () => {
    // Nothing listens on the discard port.
    await using partner = partnerAt('http://127.0.0.1:9')
    expect(await partner.register(order)).toEqual(notProcessed('ECONNREFUSED'))
  })

  it('is a host that nobody knows', async () => {
    await using partner = partnerAt('http://partner.invalid')
    expect(await partner.register(order)).toEqual(notProcessed(expect.stringMatching(/^E(NOTFOUND|AI_AGAIN)$/)))
  })

  it('is a connection that is neither made nor refused in time', async () => {
    await using server = await startDeafServer()
    expect(await giveUp(`http://${server.host}`, () => true)).toEqual(notProcessed())
  })

  it('is a TLS handshake that does not come to its end in time', async () => {
    await using server = await startRawServer()
    expect(await giveUp(`https://${server.host}`, () => server.received.join('') !== '')).toEqual(notProcessed())
    expect(server.received.join('')).not.toContain('ann@example.com')
  })

  it('is a server that speaks no TLS', async () => {
    await using server = await startPartnerSandbox()
    await using partner = partnerAt(server.url.replace('http:', 'https:'))
    expect(await partner.register(order)).toEqual(notProcessed(expect.stringContaining('SSL')))
  })

  it('is a call that found no free connection in time, and it is not sent later', async () => {
    await using server = await startRawServer((socket, request) => {
      if (request.includes('eve@example.com')) socket.write(answer(200, account()))
    })
    stopTimers()
    await using partner = partnerAt(`http://${server.host}`, { connections: 1 })
    const first = partner.register(order)
    // Its connection is free once the first one's time is over, which is as long as its own.
    const second = partner.register({ ...order, email: 'bob@example.com' })
    await until(() => server.received.join('').includes(order.email))
    expect(await timeIsOver(first)).toEqual(unknown(false))
    expect(await second).toEqual(notProcessed())
    // Who comes later is served: whatever waited before would have been sent by now.
    expect(await partner.register({ ...order, email: 'eve@example.com' })).toMatchObject({ kind: 'accepted' })
    expect(server.received.join('')).not.toContain('bob@example.com')
  })

  it('is a call whose claim is too old when it is its turn, however long it may still take', async () => {
    const arrived = Promise.withResolvers<Socket>()
    await using server = await startRawServer((socket) => arrived.resolve(socket))
    await using partner = partnerAt(`http://${server.host}`, { connections: 1 })
    const first = partner.register(order)
    const second = partner.register({ ...order, email: 'bob@example.com', maySend: () => false })
    const socket = await arrived.promise
    socket.write(answer(200, account()))
    expect(await first).toMatchObject({ kind: 'accepted' })
    expect(await second).toEqual(notProcessed())
    expect(server.received.join('')).not.toContain('bob@example.com')
  })
})

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

/** How a server that answers by hand goes wrong once the request has arrived, and how it is taken. */
type HandMade = [what: string, onRequest: (socket: Socket) => void, expected: object]
const HAND_MADE: HandMade[] = [
  ['a reset', (socket) => socket.resetAndDestroy(), unknown(false)],
  ['an end without a word', (socket) => socket.end(), unknown(false)],
  ['no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), unknown(false)],
  ['headers without an end', (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}`), unknown(false)],
  [
    'less than it announced',
    (socket) => socket.end(`${head(200)}content-length: 99\r\n\r\n{"success":`),
    unknown(false),
  ],
  ['broken chunks', (socket) => socket.end(`${head(200)}transfer-encoding: chunked\r\n\r\nzz\r\n`), unknown(false)],
  [
    'half of the chunks',
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
  ['a success packed with gzip, unasked', (socket) => socket.end(packed('gzip')), { kind: 'accepted' }],
  ['a success packed with deflate', (socket) => socket.end(packed('deflate')), { kind: 'accepted' }],
  ['a success packed with brotli', (socket) => socket.end(packed('br')), { kind: 'accepted' }],
  ['a success packed twice', (socket) => socket.end(packed('gzip, br')), { kind: 'accepted' }],
  ['a success packed without a word', (socket) => socket.end(packed('gzip', null)), { kind: 'accepted' }],
  ['a plain success that is said to be packed', (socket) => socket.end(packed('', 'gzip')), { kind: 'accepted' }],
  ['a small answer that unpacks into too much', (socket) => socket.end(packed('gzip', 'gzip', 70_000)), unknown(false)],
  [
    'a success in another charset',
    (socket) =>
      socket.end(answer(200, Buffer.from(account().replace('partner', 'p\u00e4rtner'), 'latin1'), 'iso-8859-1')),
    { kind: 'accepted', depositUrl: 'https://xn--prtner-bua.example/deposit' },
  ],
  ...[1, 2, 500].map(
    (more): HandMade => [
      `a whole account, ${more} bytes shorter than it says`,
      (socket) => socket.end(`${head(200)}content-length: ${account().length + more}\r\n\r\n${account()}`),
      { kind: 'accepted' },
    ],
  ),
  ...[1, 2, 50].map(
    (less): HandMade => [
      `a whole account, ${less} bytes longer than it says`,
      (socket) => socket.end(`${head(200)}content-length: ${account().length - less}\r\n\r\n${account()}`),
      { kind: 'accepted' },
    ],
  ),
  [
    'a whole account, and then a reset',
    (socket) =>
      socket.write(`${head(200)}content-length: 999\r\n\r\n${account()}`, () =>
        setImmediate(() => socket.resetAndDestroy()),
      ),
    { kind: 'accepted' },
  ],
  ['a whole account in one chunk, and no last one', (socket) => socket.write(oneChunk()), { kind: 'accepted' }],
  ['a whole account in one chunk, and the end', (socket) => socket.end(oneChunk()), { kind: 'accepted' }],
  [
    'a whole account that is said to be in chunks',
    (socket) => socket.end(`${head(200)}transfer-encoding: chunked\r\n\r\n${account()}`),
    { kind: 'accepted' },
  ],
  [
    'a whole account in a frame that contradicts itself',
    (socket) =>
      socket.end(`${head(200)}transfer-encoding: chunked\r\ncontent-length: 7\r\n\r\n${oneChunk('')}0\r\n\r\n`),
    { kind: 'accepted' },
  ],
  [
    'a whole account under heads with bare line feeds',
    (socket) => socket.end(`${head(200)}content-length: ${account().length}\r\n\r\n`.replaceAll('\r', '') + account()),
    { kind: 'accepted' },
  ],
  ['a whole account that never ends', (socket) => socket.write(`${head(200)}\r\n${account()}`), { kind: 'accepted' }],
  [
    'a whole account behind a warning',
    (socket) => socket.end(answer(200, `<b>Notice</b>: x\n${account()}`)),
    { kind: 'accepted' },
  ],
  [
    'half of the account, then the end',
    (socket) => socket.end(`${head(200)}content-length: ${account().length}\r\n\r\n${account().slice(0, 40)}`),
    unknown(false),
  ],
  [
    'a refusal that is cut off',
    (socket) => socket.end(`${head(400)}content-length: 99\r\n\r\n{"message":"No"}`),
    unknown(false),
  ],
  ['one byte too many', (socket) => socket.end(answer(200, account(64 * 1024 + 1))), unknown(false)],
  ['as many bytes as it may', (socket) => socket.end(answer(200, account(64 * 1024))), { kind: 'accepted' }],
  ['a mark before the JSON', (socket) => socket.end(answer(200, `\ufeff${account()}`)), { kind: 'accepted' }],
  [
    'a body that ends with the connection',
    (socket) => socket.end(`${head(200)}\r\n${account()}`),
    { kind: 'accepted' },
  ],
  [
    'an interim answer first',
    (socket) => socket.end(`HTTP/1.1 103 Early Hints\r\n\r\n${answer(200, account())}`),
    { kind: 'accepted' },
  ],
  ['100 Continue unasked', (socket) => socket.end(`${CONTINUE}${answer(200, account())}`), { kind: 'accepted' }],
  [
    'several interim answers',
    (socket) => socket.end(`${CONTINUE}HTTP/1.1 103 Early Hints\r\n\r\n${CONTINUE}${answer(200, account())}`),
    { kind: 'accepted' },
  ],
  [
    'interim answers in single bytes',
    (socket) => void drip(socket, `${CONTINUE}${CONTINUE}${answer(200, account())}`),
    { kind: 'accepted' },
  ],
  ['a body in single bytes', (socket) => void drip(socket, answer(200, account())), { kind: 'accepted' }],
]

/** How it falls silent instead. */
const SILENCES: [what: string, onRequest: (socket: Socket) => void][] = [
  ['no answer at all', () => undefined],
  ['half of a status line', (socket) => socket.write('HTTP/1.1 20')],
  ['an interim answer and then nothing', (socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')],
]

describe('once the request is on its way', () => {
  it.each(HAND_MADE)('%s is taken for what it is', async (_, onRequest, expected) => {
    await using server = await startRawServer(onRequest)
    await using partner = partnerAt(`http://${server.host}`)
    expect(await partner.register(order)).toMatchObject(expected)
    expect(server.received).toHaveLength(1)
  })

  it('100 Continue before each answer on a kept connection is skipped', async () => {
    await using server = await startRawServer((socket) => {
      socket.write(CONTINUE)
      setTimeout(() => socket.write(answer(200, account())), 5)
    })
    await using partner = partnerAt(`http://${server.host}`)
    for (let call = 0; call < 4; call++) expect(await partner.register(order)).toMatchObject({ kind: 'accepted' })
    expect(server.received.length).toBeLessThan(4)
  })

  it('an answer that arrived while the process was frozen past its time limit is read before the call is given up', async () => {
    const { setTimeout: setRealTimeout } = globalThis
    stopTimers()
    await using server = await startRawServer((socket) => {
      setRealTimeout(() => vi.advanceTimersByTime(TIMEOUT_MS), 1)
      socket.write(answer(200, account()))
      // Frozen until that timer is due: as after a thaw, the event loop goes on with timers, and reads sockets then.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    })
    await using partner = partnerAt(`http://${server.host}`)
    expect(await partner.register(order)).toMatchObject({ kind: 'accepted' })
  })

  it.each(SILENCES)('%s is unknown, in time', async (_, onRequest) => {
    let hasArrived = false
    await using server = await startRawServer((socket) => {
      onRequest(socket)
      hasArrived = true
    })
    expect(await giveUp(`http://${server.host}`, () => hasArrived)).toEqual(unknown(false))
    expect(server.received).toHaveLength(1)
  })

  it('follows no redirect', async () => {
    await using elsewhere = await startRawServer()
    const location = `http://${elsewhere.host}/register`
    await using server = await startRawServer((socket) =>
      socket.end(`HTTP/1.1 307 Temporary Redirect\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`),
    )
    await using partner = partnerAt(`http://${server.host}`)
    expect(await partner.register(order)).toEqual(unknown(true))
    expect(elsewhere.received).toEqual([])
  })

  it('takes a new connection where the partner closed the last one', async () => {
    await using server = await startRawServer((socket) => socket.end(answer(200, account())))
    await using partner = partnerAt(`http://${server.host}`)
    expect(await partner.register(order)).toMatchObject({ kind: 'accepted' })
    expect(await partner.register(order)).toMatchObject({ kind: 'accepted' })
    expect(server.received).toHaveLength(2)
  })

  it('uses connections again that the partner keeps open', async () => {
    await using server = await startRawServer((socket) => socket.write(answer(200, account())))
    await using partner = partnerAt(`http://${server.host}`)
    for (let call = 1; call <= 5; call++) expect(await partner.register(order)).toMatchObject({ kind: 'accepted' })
    expect(server.received.length).toBeLessThan(3)
  })
})

const ACCEPTED = { kind: 'accepted', depositUrl: expect.stringMatching(/^https:\/\/partner\.example\/deposit\?/) }
const REJECTED = { kind: 'rejected', message: 'Registration is not available in your country' }

/** The sandbox's misbehaviours, and how each is taken. */
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

/** Those of which nothing, or nothing whole, ever comes. */
const LASTING: MisbehaviourName[] = ['hang', 'answer-lost', 'hang-in-body', 'drip']

describe('the sandbox’s', () => {
  let server: RunningPartnerSandbox
  beforeAll(async () => {
    server = await startPartnerSandbox()
  })
  afterAll(() => server.close())

  it.each(MISBEHAVIOURS)('%s is taken for what it is', async (misbehaviour, expected) => {
    const email = `${misbehaviour}@example.com`
    server.sandbox.misbehave(email, misbehaviour)
    await using partner = partnerAt(server.url)
    expect(await partner.register({ ...order, email })).toMatchObject(expected)
    expect(server.sandbox.ledger.callsOf(email)).toHaveLength(1)
  })

  it.each(LASTING)('%s is unknown, in time', async (misbehaviour) => {
    const email = `${misbehaviour}@example.com`
    server.sandbox.misbehave(email, misbehaviour)
    const { ledger } = server.sandbox
    expect(await giveUp(server.url, () => ledger.callsOf(email).length > 0, email)).toEqual(unknown(false))
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

/** A success that has so many bytes. */
function account(bytes = 0): string {
  const json = (padding: string) =>
    JSON.stringify({ success: true, domain: 'partner.example', deposit: '/deposit', padding })
  return json('x'.repeat(Math.max(bytes - json('').length, 0)))
}

function oneChunk(frame = `${head(200)}transfer-encoding: chunked\r\n\r\n`): string {
  return `${frame}${account().length.toString(16)}\r\n${account()}\r\n`
}

const PACKERS: Record<string, (body: Buffer) => Buffer> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  '': (body) => body,
}

function packed(encodings: string, saying: string | null = encodings, bytes = 0): Buffer {
  const packers = encodings.split(', ').map((name) => PACKERS[name] as (body: Buffer) => Buffer)
  const body = packers.reduce<Buffer>((plain, pack) => pack(plain), Buffer.from(account(bytes)))
  const said = saying === null ? '' : `content-encoding: ${saying}\r\n`
  return Buffer.concat([Buffer.from(`${head(200)}${said}content-length: ${body.length}\r\n\r\n`), body])
}

/** As fast as it goes, yet byte by byte. */
async function drip(socket: Socket, bytes: string | Buffer): Promise<void> {
  for (const byte of Buffer.from(bytes)) await new Promise((written) => socket.write(Buffer.of(byte), written))
}
