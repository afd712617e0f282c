import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP, isIPv4 } from 'node:net'
import proxyAddr from '@fastify/proxy-addr'
import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'
import type { Config, NamedKey } from '../config/config.ts'
import { ApiError } from '../registration/api-error.ts'

/** The caller of a request: a browser's page, an internal app, or neither. */
export interface Caller {
  /** Names the request in the log and in error answers. */
  requestId: string
  /** The client's address: the connection's, or the one that a trusted proxy forwards. */
  ip: string
  /** The page's origin if a browser calls. CORS lets that page read the response. */
  origin: string | undefined
  /** The name of the internal app's key. */
  app: string | undefined
  /** The W3C `traceparent` header, unparsed. */
  traceparent?: string | undefined
  /** Fields of the request that the contract doesn't know. */
  unknownFields?: readonly string[]
}

/** @throws ApiError `ORIGIN_NOT_ALLOWED` or `FORBIDDEN` */
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
    const verdict = origins.check(raw.headers)
    if (verdict.kind === 'refused') throw new ApiError('ORIGIN_NOT_ALLOWED')
    if (verdict.kind === 'allowed') return { requestId, ip, origin: verdict.origin, app: undefined, traceparent }
    const { authorization } = raw.headers
    if (authorization === undefined) return { requestId, ip, origin: undefined, app: undefined, traceparent }
    const app = internalApp(bearerKey(authorization))
    if (app === undefined) throw new ApiError('FORBIDDEN')
    return { requestId, ip, origin: undefined, app, traceparent }
  }
}

/** The client's address. If the header of a trusted proxy holds no valid address, the proxy's own address is used. */
function addressOf(raw: IncomingMessage, trust: (address: string, hop: number) => boolean): string {
  const named = bareAddress(proxyAddr(raw, (address, hop) => trust(bareAddress(address), hop)))
  return isIP(named) ? named : bareAddress(raw.socket.remoteAddress ?? '')
}

/** Removes brackets, the port that some proxies add, and the zone, so that PostgreSQL's `inet` accepts the address. */
function bareAddress(address: string): string {
  if (isIPv4(address)) return address
  const bare = address
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%.*$/, '')
  return isIP(bare) ? plainAddress(bare) : bare
}

/** Converts an IPv4-mapped IPv6 address, in dotted or hexadecimal form, to IPv4. @param ip a valid address */
export function plainAddress(ip: string): string {
  return /^[0:]*:ffff:/i.test(ip) ? ipaddr.process(ip.replace(/%.*$/, '')).toString() : ip
}

/** Whether the origin may call the API. */
export type OriginVerdict =
  /** The request doesn't come from a browser. */
  { kind: 'no-browser' } | { kind: 'allowed'; origin: string } | { kind: 'refused' }

export interface OriginPolicy {
  check(headers: IncomingHttpHeaders): OriginVerdict
}

/**
 * Browsers send `Origin` with every cross-origin request and every POST. The server's own origin comes from `PUBLIC_URL`,
 * not from the `Host` header, which an attacker's DNS can set to anything.
 */
export function createOriginPolicy(publicOrigin: string, allowedOrigins: readonly string[] | '*'): OriginPolicy {
  const allowed = new Set([publicOrigin, ...(allowedOrigins === '*' ? [] : allowedOrigins)])
  return {
    check({ origin, 'sec-fetch-site': site }) {
      // Only browsers send Sec-Fetch-Site. A browser that omits Origin gives nothing to compare with the allowed origins.
      if (origin === undefined)
        return site === undefined || site === 'same-origin' ? { kind: 'no-browser' } : { kind: 'refused' }
      const isAllowed = origin !== 'null' && (allowedOrigins === '*' || allowed.has(origin))
      return isAllowed ? { kind: 'allowed', origin } : { kind: 'refused' }
    },
  }
}

/** Returns the name of the key's owner. Compares in constant time, so that the duration reveals nothing about the key. */
export function createKeyRing(keys: readonly NamedKey[]): (key: string) => string | undefined {
  return (key) => {
    const hash = createHash('sha256').update(key).digest()
    return keys.filter(({ keyHash }) => timingSafeEqual(keyHash, hash)).at(0)?.name
  }
}

const BEARER = /^Bearer +(\S+)$/i

/** The key of an `Authorization: Bearer` header, or an empty string. */
export function bearerKey(authorization: string | undefined): string {
  return BEARER.exec(authorization ?? '')?.[1] ?? ''
}
