import { expect } from 'vitest'
import { z } from 'zod'
import type { ExpectedResponse } from './route-case.ts'

export const ANY_UUID = expect.schemaMatching(z.uuid())

/** A link on the sandbox's domain; each account has another token. */
export const linkTo = (path: string) =>
  expect.stringMatching(new RegExp(`^https://partner\\.example${path}\\?token=[0-9a-f]{32}$`))

export const between = (min: number, max: number) => expect.schemaMatching(z.int().min(min).max(max))

/** On the server `shortDeadline`: the rest of a lease of 58.5 s and one second more, in milliseconds. */
export const REST_OF_LEASE_MS = between(1_000, 59_500)

/** @param depositUrl null: the account exists without a link */
export function succeeded(
  depositUrl: unknown,
  {
    replayed = false,
    userData = expect.any(Object),
    ...more
  }: { replayed?: unknown; userData?: unknown; ignored?: string[] } = {},
): ExpectedResponse {
  return {
    status: 200,
    answer: {
      success: true,
      ...(depositUrl === null ? { code: 'LINK_UNAVAILABLE' } : {}),
      registrationId: ANY_UUID,
      depositUrl,
      userData,
      replayed,
      ...more,
    },
  }
}

export function pending(retryAfterMs: unknown): ExpectedResponse {
  return { status: 202, answer: { success: false, code: 'PENDING', registrationId: ANY_UUID, retryAfterMs } }
}

/** A failure that is not retryable. */
export function rejectedWith(status: number, code: string, error: unknown, more: object = {}): ExpectedResponse {
  const issues = code === 'INVALID_INPUT' && { issues: typeof error === 'string' ? issuesIn(error) : expect.any(Array) }
  return { status, answer: { success: false, code, error, retryable: false, requestId: ANY_UUID, ...issues, ...more } }
}

/** The `issues` of an `INVALID_INPUT` response with this sentence. */
function issuesIn(sentence: string) {
  return sentence.split('; ').map((part) => {
    const [, path, message] = /^([\w.]+): (.*)$/s.exec(part) ?? []
    return path === undefined ? { path: '', message: expect.any(String) } : { path, message }
  })
}

/** A retryable failure. */
export function retryableWith(
  status: number,
  code: string,
  error: unknown,
  retryAfterMs: unknown,
  more: object = {},
): ExpectedResponse {
  return {
    status,
    answer: { success: false, code, error, retryable: true, requestId: ANY_UUID, retryAfterMs, ...more },
  }
}
