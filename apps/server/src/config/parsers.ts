import { createHash } from 'node:crypto'
import { z } from 'zod'
import { hostUrls } from '../host-urls.ts'
import type { NamedKey, RateLimit } from './config.ts'

/** Each parser converts one variable's text to its value, or fails with a message that describes a valid value. */

const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, hour: 3_600_000, d: 86_400_000 }

function parsed<T>(remedy: string, parse: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    const value = parse(text.trim())
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: remedy })
    return z.NEVER
  })
}

export const integer = (min: number, max: number) =>
  parsed(`must be a whole number from ${min} to ${max}`, (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? value : undefined
  })

export const yesOrNo = parsed('must be true or false', (text) => ({ true: true, false: false })[text.toLowerCase()])

/** A duration such as `24h`, `90s` or `500ms`. */
export const duration = parsed('must be a duration such as 30s, 15min, 24h or 7d', (text) => {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text) ?? []
  const unitMs = UNITS_MS[unit]
  return amount && unitMs ? Number(amount) * unitMs : undefined
})

/** A rate such as `30/min`. In an object, because `off` is a valid value that becomes undefined. */
export const rateLimit = parsed(
  'must be a rate such as 30/min, 10/hour or 5/s, or off',
  (text): { limit: RateLimit } | undefined => {
    if (text === 'off') return { limit: undefined }
    const [, max, unit = ''] = /^(\d+)\s*\/\s*(s|min|h|hour|d)$/.exec(text) ?? []
    const perMs = UNITS_MS[unit]
    return Number(max) > 0 && perMs ? { limit: { max: Number(max), perMs } } : undefined
  },
)

export const httpUrl = parsed('must be a URL that begins with http:// or https://, without a user', (text) => {
  const url = URL.parse(text)
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url : undefined
})

export const postgresUrl = parsed(
  'must be a URL that begins with postgres:// or postgresql://; several hosts are separated by commas, and mean the one that takes writes (target_session_attrs=read-write)',
  (text) => (/^postgres(?:ql)?:\/\/./.test(text) && hostUrls(text) ? text : undefined),
)

export const identifier = parsed(
  'must be a PostgreSQL name of lower-case letters, digits and _, at most 50 characters long',
  (text) => (/^[a-z_][a-z0-9_]{0,49}$/.test(text) ? text : undefined),
)

const listed = (text: string) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

/** Names of traffic parameters. */
export const parameterNames = parsed(
  'must be a comma list of names of at most 64 letters, digits, _, . and -, such as tag,click_id',
  (text) => {
    const list = listed(text)
    return list.every((item) => /^[A-Za-z0-9_.-]{1,64}$/.test(item)) ? list : undefined
  },
)

/** Parts of sentences. Shorter ones would match unrelated sentences. */
export const phrases = parsed(
  'must be a comma list of phrases of at least 3 characters, as the partner writes them',
  (text) => {
    const list = listed(text)
    return list.every((item) => item.length >= 3) ? list : undefined
  },
)

/** The origins of pages, as browsers send them. */
export const origins = parsed(
  'must be a comma list of origins such as https://www.example.com (scheme and host, no path), or *',
  (text): readonly string[] | '*' | undefined => {
    if (text === '*') return text
    const list = listed(text)
    return list.every((item) => /^https?:$/.test(URL.parse(item)?.protocol ?? '') && URL.parse(item)?.origin === item)
      ? list
      : undefined
  },
)

export const hosts = parsed(
  'must be a comma list of host names in lower case, where *.example.com stands for all below example.com',
  (text) => {
    const list = listed(text)
    return list.every((item) => /^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(item)) ? list : undefined
  },
)

const ADDRESS_OR_RANGE = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])

export const proxies = parsed(
  'must be a comma list of IP addresses or CIDR ranges (not /0) whose x-forwarded-for can be believed, or none',
  (text) => {
    const list = text === 'none' ? [] : listed(text)
    return list.every((item) => ADDRESS_OR_RANGE.safeParse(item).success && !item.endsWith('/0')) ? list : undefined
  },
)

export const namedKeys = parsed(
  'must be a comma list of name:key with different names and keys of at least 16 characters',
  (text): readonly NamedKey[] | undefined => {
    const pairs = listed(text).map((item) => /^([\w.-]+):(\S{16,})$/.exec(item))
    const names = new Set(pairs.map((pair) => pair?.[1]))
    if (pairs.includes(null) || names.size < pairs.length) return undefined
    return pairs.map((pair) => ({
      name: pair?.[1] ?? '',
      keyHash: createHash('sha256')
        .update(pair?.[2] ?? '')
        .digest(),
    }))
  },
)

export const encryptionKeys = parsed(
  'must be a comma list of id:base64 with different ids, each of 32 random bytes (openssl rand -base64 32)',
  (text) => {
    const keys = listed(text).map((item) => {
      const [, id = '', base64 = ''] = /^([\w.-]+):([A-Za-z0-9+/_-]+=*)$/.exec(item) ?? []
      return { id, key: Buffer.from(base64, 'base64') }
    })
    const [first, ...rest] = keys
    const sound =
      keys.every(({ id, key }) => id && key.length === 32 && key.some((byte) => byte !== 0)) &&
      new Set(keys.map(({ id }) => id)).size === keys.length
    return first && sound ? ([first, ...rest] as const) : undefined
  },
)

/** Names are stored and used as metric labels: at most 40 letters, digits, `_`, `.` and `-`. */
const NAME_AND_REST = /^([\w.-]{1,40}):(.+)$/

export const webhookEndpoints = parsed(
  'must be a comma list of name:https://… with different names, without a user or a fragment in the address',
  (text) => {
    const endpoints = listed(text).map((item) => {
      const [, name = '', address = ''] = NAME_AND_REST.exec(item) ?? []
      return { name, url: URL.parse(address) }
    })
    const sound = endpoints.flatMap(({ name, url }) =>
      name && url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.hash
        ? [{ name, url: url.href }]
        : [],
    )
    return sound.length === endpoints.length && new Set(sound.map(({ name }) => name)).size === sound.length
      ? sound
      : undefined
  },
)

/** Secrets in the format of Standard Webhooks: 24 to 64 bytes. */
export const webhookSecrets = parsed(
  'must be a comma list of name:whsec_base64 of 24 to 64 random bytes (echo "whsec_$(openssl rand -base64 32)")',
  (text) => {
    const secrets = listed(text).map((item) => {
      const [, name = '', secret = ''] = NAME_AND_REST.exec(item) ?? []
      const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+=*)$/.exec(secret) ?? []
      const { length } = Buffer.from(base64, 'base64')
      return { name, secret, sound: length >= 24 && length <= 64 }
    })
    return secrets.every(({ sound }) => sound) ? secrets.map(({ name, secret }) => ({ name, secret })) : undefined
  },
)
