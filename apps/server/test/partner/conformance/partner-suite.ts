import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { HttpPartner } from '../../../src/partner/create-partner.ts'
import type { PartnerCall } from '../../../src/registration/partner.ts'
import { startRawServer } from '../../support/raw-server.ts'
import type { HttpAnswer, PartnerDialect } from './partner-dialect.ts'

/** The time-out in tests that wait for it. */
const SHORT_MS = 250
/** The time-out in tests that must not reach it, also on a busy machine. */
const LONG_MS = 600_000
const PASSWORD = 'a-password-of-theirs'
const HOST = 'club.example'

const CALL: PartnerCall = {
  registrationId: '019a0000-0000-7000-8000-000000000001',
  email: 'ann.of.the.suite@example.com',
  visitorId: 'visitor-1',
  clientIp: '203.0.113.7',
  trafficParams: { tag: 'spring' },
  maySend: () => true,
}

type Operation = 'register' | 'lookUp'
type OnRequest = (socket: Socket, request: string) => void

/** Tests that every adapter must pass, for any wire format. To be called inside `describe`. */
export function partnerSuite(dialect: PartnerDialect): void {
  const operations: Operation[] = dialect.lookUp ? ['register', 'lookUp'] : ['register']
  const account = dialect.account(HOST, '/deposit', PASSWORD)

  /** Calls an adapter whose partner runs `onRequest`. Returns the adapter's result and the bytes that arrived. */
  async function exchange(operation: Operation, onRequest: OnRequest, timeoutMs = LONG_MS, call = CALL) {
    await using server = await startRawServer(onRequest)
    const partner = dialect.create({ ...at(server.host), timeoutMs })
    try {
      return { result: await callOf(partner, operation)(call), received: server.received }
    } finally {
      await partner.close()
    }
  }
  const answerWith = (operation: Operation, answer: HttpAnswer) =>
    exchange(operation, (socket) => socket.end(bytesOf(answer)))
  const at = (host: string) => ({
    url: `http://${host}`,
    timeoutMs: LONG_MS,
    connections: 2,
    isAllowedHost: (name: string) => name === HOST,
  })

  describe('register', () => {
    it('returns the link of a created account', async () => {
      const { result } = await answerWith('register', account)
      expect(result).toMatchObject({ kind: 'accepted', depositUrl: `https://${HOST}/deposit` })
    })

    it('sends the registration’s id as the idempotency key', async () => {
      const { received } = await answerWith('register', account)
      expect(received).toHaveLength(1)
      expect(dialect.keyIn(received[0] ?? '')).toBe(CALL.registrationId)
    })

    it('returns each rejection with its code and the partner’s own message', async () => {
      for (const [answer, code, message] of dialect.rejections) {
        expect((await answerWith('register', answer)).result).toEqual({ kind: 'rejected', code, message })
      }
    })

    it.each([
      ['another host', 'evil.example', '/deposit'],
      ['another host in the path', HOST, '//evil.example/'],
      ['credentials before another host', `${HOST}@evil.example`, '/deposit'],
      ['a script', 'javascript:alert(1)', '/deposit'],
      ['a relative path', HOST, 'deposit'],
    ])('returns the account without a link if the link is %s', async (_, host, path) => {
      const { result } = await answerWith('register', dialect.account(host, path, PASSWORD))
      expect(result).toMatchObject({ kind: 'accepted', depositUrl: null })
    })
  })

  describe.each(operations)('%s', (operation) => {
    const unknown = (answeredCompletely: boolean) =>
      expect.objectContaining({ kind: 'unknown', reason: expect.any(String), answeredCompletely })

    it('is `not-processed` after a refused connection, and after the send window', async () => {
      const { host, ...gone } = await startRawServer()
      await gone[Symbol.asyncDispose]()
      const partner = dialect.create(at(host))
      expect(await callOf(partner, operation)(CALL)).toMatchObject({ kind: 'not-processed', reached: false })
      await partner.close()
      const late = await exchange(operation, (socket) => socket.end(bytesOf(account)), LONG_MS, {
        ...CALL,
        maySend: () => false,
      })
      expect(late.result).toMatchObject({ kind: 'not-processed', reached: false })
      expect(late.received.join('')).toBe('')
    })

    it('is `not-processed` after status 429, and returns its retry-after', async () => {
      const { result } = await exchange(operation, (socket) =>
        socket.end('HTTP/1.1 429 X\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n'),
      )
      expect(result).toMatchObject({ kind: 'not-processed', reached: true, retryAfterMs: 7_000 })
    })

    it.each<[what: string, onRequest: OnRequest]>([
      ['no answer', () => undefined],
      ['an answer that stops in its headers', (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-')],
      ['an answer that stops in its body', (socket) => socket.write(bytesOf(account).slice(0, -3))],
    ])('is `unknown` at the time-out after %s', async (_, onRequest) => {
      const { result, received } = await exchange(operation, onRequest, SHORT_MS)
      // On a busy machine the time-out may come before the first byte is sent.
      if (result.kind === 'not-processed') expect(received.join('')).toBe('')
      else expect(result).toEqual(unknown(false))
    })

    it.each<[what: string, onRequest: OnRequest]>([
      ['a reset', (socket) => socket.resetAndDestroy()],
      ['an end without an answer', (socket) => socket.end()],
      ['a reset in the body', (socket) => socket.write(bytesOf(account).slice(0, -3), () => socket.resetAndDestroy())],
      [
        'an answer beyond the size limit',
        (socket) => socket.end(bytesOf({ ...account, body: account.body + ' '.repeat(70_000) })),
      ],
      ['a gateway’s time-out', (socket) => socket.end(bytesOf({ status: 504, body: account.body }))],
      ['a gateway’s connection error', (socket) => socket.end(bytesOf({ status: 502, body: account.body }))],
    ])('is `unknown`, and maybe still in progress, after %s', async (_, onRequest) => {
      expect((await exchange(operation, onRequest)).result).toEqual(unknown(false))
    })

    it('is `unknown`, but not in progress, after a complete answer without a result', async () => {
      for (const answer of [...dialect.empty, { status: 500, body: account.body }]) {
        expect((await answerWith(operation, answer)).result, JSON.stringify(answer)).toEqual(unknown(true))
      }
    })

    it('does not follow a redirect', async () => {
      await using elsewhere = await startRawServer((socket) => socket.end(bytesOf(account)))
      const { result } = await exchange(operation, (socket) =>
        socket.end(`HTTP/1.1 307 X\r\nlocation: http://${elsewhere.host}/\r\ncontent-length: 0\r\n\r\n`),
      )
      expect(result).toEqual(unknown(true))
      expect(elsewhere.received).toEqual([])
    })

    it('is sent once, also after a reset', async () => {
      expect((await exchange(operation, (socket) => socket.resetAndDestroy())).received).toHaveLength(1)
    })

    it('has neither the visitor’s e-mail nor a password in its `unknown` result', async () => {
      const answer = { status: 500, body: account.body + CALL.email }
      const { result } = await answerWith(operation, answer)
      expect(result.kind).toBe('unknown')
      expect(JSON.stringify(result)).not.toContain(CALL.email)
      expect(JSON.stringify(result)).not.toContain(PASSWORD)
    })
  })

  if (!dialect.lookUp) return
  const { member, none } = dialect.lookUp
  describe('lookUp', () => {
    it('returns a link only for the account that this registration created', async () => {
      const own = await answerWith('lookUp', member(CALL.registrationId, PASSWORD))
      expect(own.result).toMatchObject({ kind: 'accepted', depositUrl: `https://${HOST}/enter` })
      const other = await answerWith('lookUp', member('somebody-else', PASSWORD))
      expect(other.result).toEqual({ kind: 'present' })
    })

    it('returns `absent` for no account', async () => {
      expect((await answerWith('lookUp', none)).result).toEqual({ kind: 'absent' })
    })

    it('is a GET request', async () => {
      const { received } = await answerWith('lookUp', none)
      expect(received[0]).toMatch(/^GET \S+ HTTP\/1\.1\r\n/)
    })
  })
}

function callOf(partner: HttpPartner, operation: Operation) {
  if (operation === 'register') return partner.register
  if (!partner.lookUp) throw new Error('The dialect has a lookup, but the adapter has none.')
  return partner.lookUp
}

function bytesOf({ status, body }: HttpAnswer): string {
  return `HTTP/1.1 ${status} X\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
