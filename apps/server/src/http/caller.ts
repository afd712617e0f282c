import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP, isIPv4 } from 'node:net'
import proxyAddr from '@fastify/proxy-addr'
import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'
import type { Config, NamedKey } from '../config/config.ts'
import { ApiError } from '../registration/api-error.ts'

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
  /** The request's fields that the contract doesn't have. */
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
    const verdict = origins.judge(raw.headers)
    if (verdict.kind === 'refused') throw new ApiError('ORIGIN_NOT_ALLOWED')
    if (verdict.kind === 'allowed') return { requestId, ip, origin: verdict.origin, app: undefined, traceparent }
    const { authorization } = raw.headers
    if (authorization === undefined) return { requestId, ip, origin: undefined, app: undefined, traceparent }
    const app = internalApp(bearerKey(authorization))
    if (app === undefined) throw new ApiError('FORBIDDEN')
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
  const bare = address
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%.*$/, '')
  return isIP(bare) ? plainAddress(bare) : bare
}

/** IPv4 that is written as IPv6, in dots or in hexadecimal digits, is IPv4. @param ip a sound address */
export function plainAddress(ip: string): string {
  return /^[0:]*:ffff:/i.test(ip) ? ipaddr.process(ip.replace(/%.*$/, '')).toString() : ip
}

/** Whether a browser's page may call. */
export type OriginVerdict =
  /** No browser's request. */
  { kind: 'no-browser' } | { kind: 'allowed'; origin: string } | { kind: 'refused' }

export interface OriginPolicy {
  judge(headers: IncomingHttpHeaders): OriginVerdict
}

/**
 * A browser names the page's origin in every cross-origin request and in every POST. The own origin comes from
 * `PUBLIC_URL` alone: a `Host` header says whatever the caller's DNS does.
 */
export function createOriginPolicy(publicOrigin: string, allowedOrigins: readonly string[] | '*'): OriginPolicy {
  const allowed = new Set([publicOrigin, ...(allowedOrigins === '*' ? [] : allowedOrigins)])
  return {
    judge({ origin, 'sec-fetch-site': site }) {
      // Only browsers send Sec-Fetch-Site; one that hides its page's origin shows nothing that could be allowed.
      if (origin === undefined)
        return site === undefined || site === 'same-origin' ? { kind: 'no-browser' } : { kind: 'refused' }
      const isAllowed = origin !== 'null' && (allowedOrigins === '*' || allowed.has(origin))
      return isAllowed ? { kind: 'allowed', origin } : { kind: 'refused' }
    },
  }
}

/** Finds out whose key it is, in a time that doesn't tell how much of it was right. */
export function createKeyRing(keys: readonly NamedKey[]): (key: string) => string | undefined {
  return (key) => {
    const hash = createHash('sha256').update(key).digest()
    return keys.filter(({ keyHash }) => timingSafeEqual(keyHash, hash)).at(0)?.name
  }
}

const BEARER = /^Bearer +(\S+)$/i

/** The key of an `Authorization` header; empty where it has none. */
export function bearerKey(authorization: string | undefined): string {
  return BEARER.exec(authorization ?? '')?.[1] ?? ''
}
