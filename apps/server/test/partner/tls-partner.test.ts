import { once } from 'node:events'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPartner } from '../../src/partner/create-partner.ts'
import type { PartnerCall } from '../../src/registration/partner.ts'
import { type SelfSignedCertificate, selfSignedCertificate } from '../support/self-signed-certificate.ts'

const VISITORS = 30

let certificate: SelfSignedCertificate
const authorities = getCACertificates()
beforeAll(() => {
  certificate = selfSignedCertificate()
  setDefaultCACertificates([...authorities, certificate.cert])
})
afterAll(() => setDefaultCACertificates(authorities))

/** A partner over TLS that offers HTTP/2 and HTTP/1.1. */
async function startTlsPartner(onRequest: (request: Http2ServerRequest, response: Http2ServerResponse) => void) {
  const spoken: string[] = []
  const sockets = new Set<TLSSocket>()
  const server = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
    spoken.push(request.httpVersion)
    request.resume().once('end', () => onRequest(request, response))
  })
  server.on('secureConnection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const partner = createPartner({
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    timeoutMs: 60_000,
    connections: 100,
    isAllowedHost: () => true,
  })
  return {
    spoken,
    sockets,
    register: (visitor: number) => partner.register({ ...order, email: `visitor-${visitor}@example.com` }),
    async [Symbol.asyncDispose]() {
      await partner.close()
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

const order: PartnerCall = {
  registrationId: '019a0000-0000-7000-8000-000000000001',
  email: 'ann@example.com',
  visitorId: 'visitor-1',
  clientIp: null,
  trafficParams: {},
  maySend: () => true,
}
const ACCOUNT = JSON.stringify({ success: true, domain: 'partner.example', deposit: '/deposit' })

describe('a partner that offers HTTP/2 and HTTP/1.1', () => {
  it('loses one visitor’s answer with one connection, of thirty calls at once', async () => {
    const waiting: Http2ServerResponse[] = []
    const allAreThere = Promise.withResolvers<void>()
    await using partner = await startTlsPartner((_, response) => {
      if (waiting.push(response) === VISITORS) allAreThere.resolve()
    })
    const replies = Promise.all(Array.from({ length: VISITORS }, (_, visitor) => partner.register(visitor)))
    await allAreThere.promise
    const [lost, ...others] = waiting
    lost?.stream?.session?.destroy()
    lost?.socket?.destroy()
    await nextTurn()
    for (const response of others) response.end(ACCOUNT)
    const kinds = (await replies).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind !== 'accepted')).toEqual(['unknown'])
    expect(new Set(partner.spoken)).toEqual(new Set(['1.1']))
    expect(partner.spoken).toHaveLength(VISITORS)
  })

  it('is sent each call once, on a connection that carries no other meanwhile', async () => {
    const underWay = new Set<unknown>()
    await using partner = await startTlsPartner(async ({ socket }, response) => {
      expect(underWay).not.toContain(socket)
      underWay.add(socket)
      await nextTurn()
      underWay.delete(socket)
      response.end(ACCOUNT)
    })
    for (let round = 0; round < 3; round++) {
      const replies = await Promise.all(Array.from({ length: VISITORS }, (_, visitor) => partner.register(visitor)))
      expect(new Set(replies.map(({ kind }) => kind))).toEqual(new Set(['accepted']))
    }
    expect(partner.spoken).toHaveLength(3 * VISITORS)
    expect(partner.sockets.size).toBeLessThan(3 * VISITORS)
  })
})
