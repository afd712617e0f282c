import type { IncomingMessage } from 'node:http'
import { isIP, isIPv4 } from 'node:net'
import proxyAddr from '@fastify/proxy-addr'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../config/config.ts'
import { Refusal } from '../registration/refusal.ts'
import { bearerKey } from './bearer-key.ts'
import { createKeyRing } from './key-ring.ts'
import { createOriginPolicy } from './origin-policy.ts'

/** Who is calling. */
export interface Caller {
  /** Names the request in the log and in error answers. */
  requestId: string
  /** The address of the connection, or what a trusted proxy says it is. */
  ip: string
  /** The page's origin where a browser calls; its answer may be read there. */
  origin: string | undefined
  /** The name of the internal app's key. */
  app: string | undefined
  /** The W3C's header, as it came: whose trace the call is part of. */
  traceparent?: string | undefined
}

/** @throws Refusal `ORIGIN_NOT_ALLOWED` or `FORBIDDEN` */
export type IdentifyCaller = (request: FastifyRequest) => Caller

export function createIdentifyCaller(
  config: Pick<Config, 'publicOrigin' | 'allowedOrigins' | 'internalKeys' | 'trustedProxies'>,
): IdentifyCaller {
  const origins = createOriginPolicy(config.publicOrigin, config.allowedOrigins)
  const internalApp = createKeyRing(config.internalKeys)
  const trust = proxyAddr.compile([...config.trustedProxies])

  return ({ raw, id: requestId }) => {
    const ip = addressOf(raw, trust)
    const traceparent = raw.headers['traceparent']?.toString()
    const verdict = origins.judge(raw.headers)
    if (verdict.kind === 'refused') throw new Refusal('ORIGIN_NOT_ALLOWED')
    if (verdict.kind === 'allowed') return { requestId, ip, origin: verdict.origin, app: undefined, traceparent }
    const { authorization } = raw.headers
    if (authorization === undefined) return { requestId, ip, origin: undefined, app: undefined, traceparent }
    const app = internalApp(bearerKey(authorization))
    if (app === undefined) throw new Refusal('FORBIDDEN')
    return { requestId, ip, origin: undefined, app, traceparent }
  }
}

/** Where a trusted proxy names nothing that is an address, its own is the best there is. */
function addressOf(raw: IncomingMessage, trust: (address: string, hop: number) => boolean): string {
  const named = bareAddress(proxyAddr(raw, (address, hop) => trust(bareAddress(address), hop)))
  return isIP(named) ? named : bareAddress(raw.socket.remoteAddress ?? '')
}

/** As PostgreSQL's inet takes it. Some proxies add the port; IPv4 in IPv6 clothing is IPv4; zones mean nothing elsewhere. */
function bareAddress(address: string): string {
  if (isIPv4(address)) return address
  return address
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
    .replace(/%.*$/, '')
}
