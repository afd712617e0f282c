import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'

/** The list of keys is out of reach, so a proof can't be judged. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
}

export interface KeyListOptions {
  url: string
  now: () => number
  /** Called for each time that the list could not be read. */
  onUnavailable?: ((error: unknown) => void) | undefined
}

export interface KeyList {
  /** The keys of now. @throws KeysUnavailable where none were ever had, or not for long */
  keys(): Promise<JWTVerifyGetKey>
  /** The keys after a look for new ones, for a proof whose key isn't among them. @throws KeysUnavailable */
  newerKeys(): Promise<JWTVerifyGetKey>
}

/** New keys are published some time before they sign. */
const FRESH_FOR_MS = 600_000
/** Until then nobody waits for the list to be read again. */
const USED_MEANWHILE_FOR_MS = 3_600_000
/** A list that is out of reach changes nothing about the keys that were on it. */
const LAST_GOOD_FOR_MS = 12 * 3_600_000
/** Proofs that name unknown keys cost anybody a moment: the list is asked for no more often. */
const ASK_AGAIN_AFTER_MS = 10_000
const TIMEOUT_MS = 5_000
/** A key has a few hundred bytes. */
const MAX_BYTES = 256 * 1024

/** The list of public keys at an address (JWKS), kept while it is out of reach. */
export function createKeyList({ url, now, onUnavailable = () => undefined }: KeyListOptions): KeyList {
  let known: { getKey: JWTVerifyGetKey; readAt: number } | undefined
  let lastTriedAt = Number.NEGATIVE_INFINITY
  let lastFailed = false
  let reading: Promise<void> | undefined

  /** Shared by all who need it at once. Never rejects. */
  function read(): Promise<void> {
    reading ??= fetchKeys(url)
      .then(
        (getKey) => {
          known = { getKey, readAt: now() }
          lastFailed = false
        },
        (error: unknown) => {
          lastFailed = true
          onUnavailable(error)
        },
      )
      .finally(() => {
        lastTriedAt = now()
        reading = undefined
      })
    return reading
  }

  const mayAsk = () => reading !== undefined || now() - lastTriedAt >= ASK_AGAIN_AFTER_MS

  function lastGood(): JWTVerifyGetKey {
    if (!known || now() - known.readAt > LAST_GOOD_FOR_MS) throw new KeysUnavailable()
    return known.getKey
  }

  return {
    async keys() {
      const ageMs = known ? now() - known.readAt : Number.POSITIVE_INFINITY
      if (ageMs >= FRESH_FOR_MS && mayAsk()) {
        const isRead = read()
        if (ageMs >= USED_MEANWHILE_FOR_MS) await isRead
      }
      return lastGood()
    },
    async newerKeys() {
      if (mayAsk()) await read()
      // The key may be a new one, which can't be seen now.
      if (lastFailed) throw new KeysUnavailable()
      return lastGood()
    },
  }
}

async function fetchKeys(url: string): Promise<JWTVerifyGetKey> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const response = await fetch(url, { redirect: 'error', signal, headers: { accept: 'application/json' } })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`the list of keys answered HTTP ${response.status}`)
  }
  const list = JSON.parse(await boundedText(response)) as JSONWebKeySet
  // Checks the list's form, too.
  const getKey = createLocalJWKSet(list)
  if (list.keys.length === 0) throw new Error('the list of keys is empty')
  return getKey
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new Error(`the list of keys has more than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Whether the keys hold none that a proof may have been signed with. */
export function isUnknownKey(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey
}
