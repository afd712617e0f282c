import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { HttpPartner } from '../../../src/partner/create-partner.ts'
import type { PartnerCall } from '../../../src/registration/partner.ts'
import { startRawServer } from '../../support/raw-server.ts'
import type { PartnerDialect, Said } from './partner-dialect.ts'

/** For what must come to its end by itself. */
const SHORT_MS = 250
/** For what must not be cut off, on a busy machine either. */
const AMPLE_MS = 600_000
const PASSWORD = 'a-password-of-theirs'
const HOST = 'club.example'

const order: PartnerCall = {
  registrationId: '019a0000-0000-7000-8000-000000000001',
  email: 'ann.of.the.suite@example.com',
  visitorId: 'visitor-1',
  clientIp: '203.0.113.7',
  trafficParams: { tag: 'spring' },
  maySend: () => true,
}

type Ask = 'register' | 'lookUp'
type OnRequest = (socket: Socket, request: string) => void

/** What any adapter must do, whatever its partner's wire format. In `describe`, with how that partner speaks. */
export function itIsAPartner(dialect: PartnerDialect): void {
  const asks: Ask[] = dialect.lookUp ? ['register', 'lookUp'] : ['register']
  const account = dialect.account(HOST, '/deposit', PASSWORD)

  /** Asks an adapter whose partner does as it is told; what it made of that, and what arrived there. */
  async function exchange(ask: Ask, onRequest: OnRequest, timeoutMs = AMPLE_MS, given = order) {
    await using server = await startRawServer(onRequest)
    const partner = dialect.create({ ...at(server.host), timeoutMs })
    try {
      return { reply: await callOf(partner, ask)(given), received: server.received }
    } finally {
      await partner.close()
    }
  }
  const says = (ask: Ask, said: Said) => exchange(ask, (socket) => socket.end(written(said)))
  const at = (host: string) => ({
    url: `http://${host}`,
    timeoutMs: AMPLE_MS,
    connections: 2,
    isAllowedHost: (name: string) => name === HOST,
  })

  describe('asked for an account', () => {
    it('gives the link of an account that there is', async () => {
      const { reply } = await says('register', account)
      expect(reply).toMatchObject({ kind: 'accepted', depositUrl: `https://${HOST}/deposit` })
    })

    it('sends the registration’s id as the key by which the partner could know a repetition', async () => {
      const { received } = await says('register', account)
      expect(received).toHaveLength(1)
      expect(dialect.keyIn(received[0] ?? '')).toBe(order.registrationId)
    })

    it('takes each refusal for what it is, with the partner’s own sentence', async () => {
      for (const [said, code, message] of dialect.refusals) {
        expect((await says('register', said)).reply).toEqual({ kind: 'rejected', code, message })
      }
    })

    it.each([
      ['another host', 'evil.example', '/deposit'],
      ['another host in the path', HOST, '//evil.example/'],
      ['credentials before another host', `${HOST}@evil.example`, '/deposit'],
      ['a script', 'javascript:alert(1)', '/deposit'],
      ['a path that is none', HOST, 'deposit'],
    ])('sends nobody to %s, and yet knows of the account', async (_, host, path) => {
      const { reply } = await says('register', dialect.account(host, path, PASSWORD))
      expect(reply).toMatchObject({ kind: 'accepted', depositUrl: null })
    })
  })

  describe.each(asks)('%s', (ask) => {
    const unknown = (answeredCompletely: boolean) =>
      expect.objectContaining({ kind: 'unknown', reason: expect.any(String), answeredCompletely })

    it('was certainly not processed where nobody listens, and where it is too late to be sent', async () => {
      const { host, ...gone } = await startRawServer()
      await gone[Symbol.asyncDispose]()
      const partner = dialect.create(at(host))
      expect(await callOf(partner, ask)(order)).toMatchObject({ kind: 'not-processed', reached: false })
      await partner.close()
      const late = await exchange(ask, (socket) => socket.end(written(account)), AMPLE_MS, {
        ...order,
        maySend: () => false,
      })
      expect(late.reply).toMatchObject({ kind: 'not-processed', reached: false })
      expect(late.received.join('')).toBe('')
    })

    it('was not processed where the partner has no time, and says when it has', async () => {
      const { reply } = await exchange(ask, (socket) =>
        socket.end('HTTP/1.1 429 X\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n'),
      )
      expect(reply).toMatchObject({ kind: 'not-processed', reached: true, retryAfterMs: 7_000 })
    })

    it.each<[what: string, onRequest: OnRequest]>([
      ['no answer', () => undefined],
      ['an answer that stops in its headers', (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-')],
      ['an answer that stops in its body', (socket) => socket.write(written(account).slice(0, -3))],
    ])('is unknown, and over in time, after %s', async (_, onRequest) => {
      const { reply, received } = await exchange(ask, onRequest, SHORT_MS)
      // On a machine so busy that the time was over before the first byte, nothing was sent.
      if (reply.kind === 'not-processed') expect(received.join('')).toBe('')
      else expect(reply).toEqual(unknown(false))
    })

    it.each<[what: string, onRequest: OnRequest]>([
      ['a reset', (socket) => socket.resetAndDestroy()],
      ['an end without a word', (socket) => socket.end()],
      ['a reset in the body', (socket) => socket.write(written(account).slice(0, -3), () => socket.resetAndDestroy())],
      [
        'more than an answer may have',
        (socket) => socket.end(written({ ...account, body: account.body + ' '.repeat(70_000) })),
      ],
      ['a gateway that gave up', (socket) => socket.end(written({ status: 504, body: account.body }))],
      ['a gateway without a partner', (socket) => socket.end(written({ status: 502, body: account.body }))],
    ])('is unknown, and maybe still under way, after %s', async (_, onRequest) => {
      expect((await exchange(ask, onRequest)).reply).toEqual(unknown(false))
    })

    it('is unknown, but over, after an answer that says nothing', async () => {
      for (const said of [...dialect.empty, { status: 500, body: account.body }]) {
        expect((await says(ask, said)).reply, JSON.stringify(said)).toEqual(unknown(true))
      }
    })

    it('follows no redirect', async () => {
      await using elsewhere = await startRawServer((socket) => socket.end(written(account)))
      const { reply } = await exchange(ask, (socket) =>
        socket.end(`HTTP/1.1 307 X\r\nlocation: http://${elsewhere.host}/\r\ncontent-length: 0\r\n\r\n`),
      )
      expect(reply).toEqual(unknown(true))
      expect(elsewhere.received).toEqual([])
    })

    it('is sent once, whatever becomes of it', async () => {
      expect((await exchange(ask, (socket) => socket.resetAndDestroy())).received).toHaveLength(1)
    })

    it('names neither the visitor nor a password in what goes to the log', async () => {
      const said = { status: 500, body: account.body + order.email }
      const { reply } = await says(ask, said)
      expect(reply.kind).toBe('unknown')
      expect(JSON.stringify(reply)).not.toContain(order.email)
      expect(JSON.stringify(reply)).not.toContain(PASSWORD)
    })
  })

  if (!dialect.lookUp) return
  const { member, none } = dialect.lookUp
  describe('asked whether there is an account', () => {
    it('gives the link only of the account that this very registration made', async () => {
      const ours = await says('lookUp', member(order.registrationId, PASSWORD))
      expect(ours.reply).toMatchObject({ kind: 'accepted', depositUrl: `https://${HOST}/enter` })
      const theirs = await says('lookUp', member('somebody-else', PASSWORD))
      expect(theirs.reply).toEqual({ kind: 'present' })
    })

    it('says that there is none', async () => {
      expect((await says('lookUp', none)).reply).toEqual({ kind: 'absent' })
    })

    it('asks by a method that makes nothing', async () => {
      const { received } = await says('lookUp', none)
      expect(received[0]).toMatch(/^GET \S+ HTTP\/1\.1\r\n/)
    })
  })
}

function callOf(partner: HttpPartner, ask: Ask) {
  if (ask === 'register') return partner.register
  if (!partner.lookUp) throw new Error('This adapter has no look-up, and its dialect says that it has one.')
  return partner.lookUp
}

function written({ status, body }: Said): string {
  return `HTTP/1.1 ${status} X\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
