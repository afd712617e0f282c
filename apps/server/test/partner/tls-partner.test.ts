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
  const versions: string[] = []
  const sockets = new Set<TLSSocket>()
  const server = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
    versions.push(request.httpVersion)
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
    versions,
    sockets,
    register: (visitor: number) => partner.register({ ...CALL, email: `visitor-${visitor}@example.com` }),
    async [Symbol.asyncDispose]() {
      await partner.close()
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

const CALL: PartnerCall = {
  registrationId: '019a0000-0000-7000-8000-000000000001',
  email: 'ann@example.com',
  visitorId: 'visitor-1',
  clientIp: null,
  trafficParams: {},
  maySend: () => true,
}
const ACCOUNT = JSON.stringify({ success: true, domain: 'partner.example', deposit: '/deposit' })

describe('a partner that offers HTTP/2 and HTTP/1.1', () => {
  it('a broken connection loses the answer to only one of thirty concurrent calls', async () => {
    const waiting: Http2ServerResponse[] = []
    const allArrived = Promise.withResolvers<void>()
    await using partner = await startTlsPartner((_, response) => {
      if (waiting.push(response) === VISITORS) allArrived.resolve()
    })
    const results = Promise.all(Array.from({ length: VISITORS }, (_, visitor) => partner.register(visitor)))
    await allArrived.promise
    const [lost, ...others] = waiting
    lost?.stream?.session?.destroy()
    lost?.socket?.destroy()
    await nextTurn()
    for (const response of others) response.end(ACCOUNT)
    const kinds = (await results).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind !== 'accepted')).toEqual(['unknown'])
    expect(new Set(partner.versions)).toEqual(new Set(['1.1']))
    expect(partner.versions).toHaveLength(VISITORS)
  })

  it('each call is sent once, and a connection carries one call at a time', async () => {
    const busy = new Set<unknown>()
    await using partner = await startTlsPartner(async ({ socket }, response) => {
      expect(busy).not.toContain(socket)
      busy.add(socket)
      await nextTurn()
      busy.delete(socket)
      response.end(ACCOUNT)
    })
    for (let round = 0; round < 3; round++) {
      const results = await Promise.all(Array.from({ length: VISITORS }, (_, visitor) => partner.register(visitor)))
      expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['accepted']))
    }
    expect(partner.versions).toHaveLength(3 * VISITORS)
    expect(partner.sockets.size).toBeLessThan(3 * VISITORS)
  })
})
