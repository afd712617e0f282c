import { isIP } from 'node:net'
import { plainAddress } from './caller.ts'

/** A request whose descriptive fields fit their schema, and which fields were changed for it. */
export interface CleanedRequest {
  request: unknown
  /** Fields whose values were changed or dropped; absent ones don't count. */
  changed: string[]
  /** Fields that the contract doesn't know. */
  unknown: string[]
}

type Fields = Record<string, unknown>
type Clean = (value: unknown) => unknown

const MAX_NAME = 200
const MAX_SOURCE = 100
const MAX_VISITOR_ID = 200
const MAX_PARAMETER = 2_048
const MAX_PARAMETERS = 40
const MAX_SITE_URL = 2_048
const MAX_BROWSER_DATA_DEPTH = 8

const CLEANERS: Readonly<Record<string, Clean>> = {
  email: keep,
  visitorId: headerText,
  name: (value) => textOf(value, MAX_NAME),
  trafficParams,
  idempotencyKey: keep,
  siteUrl: (value) => textOf(value, MAX_SITE_URL),
  source: (value) => textOf(value, MAX_SOURCE),
  browserData: (value) => (isObject(value) ? storable(value, MAX_BROWSER_DATA_DEPTH) : undefined),
  verificationToken: keep,
  clientIp: address,
}

/** An empty value is invalid in these fields. In all others it means that the field is absent. */
const REQUIRED: ReadonlySet<string> = new Set(['email', 'visitorId'])

/**
 * Cleans the fields that only describe the visitor, so that none of them can cost a registration: control characters, NUL
 * and lone surrogates are removed, numbers and booleans become texts, long texts are cut, and values of other types are
 * dropped. `null`, `""`, `[]` and `{}` mean that an optional field is absent. The e-mail, keys and proofs stay unchanged;
 * their schemas may reject them.
 */
export function cleanRequest(body: unknown): CleanedRequest {
  if (!isObject(body)) return { request: body, changed: [], unknown: [] }
  const request: Fields = {}
  const changed: string[] = []
  const unknown: string[] = []
  for (const [field, value] of Object.entries(body)) {
    const clean = Object.hasOwn(CLEANERS, field) ? CLEANERS[field] : undefined
    if (!clean) {
      unknown.push(field)
      continue
    }
    if (!REQUIRED.has(field) && isAbsent(value)) continue
    const cleaned = clean(value)
    if (cleaned !== undefined) request[field] = cleaned
    if (cleaned !== value && !(isObject(value) && JSON.stringify(cleaned) === JSON.stringify(value)))
      changed.push(field)
  }
  return { request, changed, unknown }
}

function keep(value: unknown): unknown {
  return value
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isAbsent(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

/** The cleaned text, or undefined if it is empty. */
function textOf(value: unknown, max: number): string | undefined {
  const text = asText(value)
  return text === undefined ? undefined : withoutLoneSurrogates(withoutControls(text).slice(0, max)).trim() || undefined
}

function withoutControls(text: string): string {
  return withoutLoneSurrogates(text.replace(/\p{Cc}/gu, ''))
}

/** Removes lone surrogates, which UTF-8 can't encode. A cut may produce one. */
function withoutLoneSurrogates(text: string): string {
  return text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '')
}

/** Percent-encodes all but visible ASCII, since the value is sent in a header. A code split by the cut is removed. */
function headerText(value: unknown): unknown {
  const text = asText(value)
  if (text === undefined) return value
  const encoded = text
    .trim()
    .toWellFormed()
    .replace(/[^\x21-\x7e]/gu, encodeURIComponent)
  return encoded.length > MAX_VISITOR_ID ? encoded.slice(0, MAX_VISITOR_ID).replace(/%[\dA-F]?$/, '') : encoded
}

/** Kept first if there are too many parameters. */
const KNOWN_PARAMETERS = ['custom_login_link', 'click_id', 'pb', 'tag']
/** A truncated id or path is a different one, so it is dropped instead of cut. */
const WORTHLESS_IF_CUT = /(?:^|_)(?:id|link)$|clid$/i

function trafficParams(value: unknown): Record<string, string> | undefined {
  if (!isObject(value)) return undefined
  const entries = Object.entries(value).flatMap(([name, given]) => {
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name) || name === '__proto__') return []
    const text = textOf(given, Number.POSITIVE_INFINITY)
    if (text === undefined || (text.length > MAX_PARAMETER && WORTHLESS_IF_CUT.test(name))) return []
    return [[name, withoutLoneSurrogates(text.slice(0, MAX_PARAMETER))] as const]
  })
  const kept =
    entries.length <= MAX_PARAMETERS
      ? entries
      : entries
          .toSorted(([one], [other]) => KNOWN_PARAMETERS.indexOf(other) - KNOWN_PARAMETERS.indexOf(one))
          .slice(0, MAX_PARAMETERS)
  return kept.length > 0 ? Object.fromEntries(kept) : undefined
}

/** Removes characters that PostgreSQL's `jsonb` can't store, and everything nested deeper than `depth`. */
function storable(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutLoneSurrogates(value).replaceAll('\0', '')
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return undefined
  if (Array.isArray(value)) return value.map((item) => storable(item, depth - 1) ?? null)
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      const kept = storable(member, depth - 1)
      return kept === undefined ? [] : [[storable(key, depth) as string, kept]]
    }),
  )
}

/** A valid IP address, IPv4-mapped IPv6 as IPv4; otherwise undefined. */
function address(value: unknown): unknown {
  if (typeof value !== 'string') return undefined
  const trimmed = value.trim()
  return isIP(trimmed) ? plainAddress(trimmed) : undefined
}
