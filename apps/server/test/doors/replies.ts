import { expect } from 'vitest'
import { z } from 'zod'
import type { ExpectedReply } from './row.ts'

export const AN_ID = expect.schemaMatching(z.uuid())

/** A link on the sandbox's domain, whose token is another one for each account. */
export const linkTo = (path: string) =>
  expect.stringMatching(new RegExp(`^https://partner\\.example${path}\\?token=[0-9a-f]{32}$`))

export const between = (min: number, max: number) => expect.schemaMatching(z.int().min(min).max(max))

/** In milliseconds, in the world `hasty`: the rest of a lease of 58.5 s, and a second more. */
export const AFTER_THE_LEASE = between(1_000, 59_500)

/** @param depositUrl null: the account is there, and its link isn't */
export function succeeded(
  depositUrl: unknown,
  {
    replayed = false,
    userData = expect.any(Object),
    ...more
  }: { replayed?: unknown; userData?: unknown; ignored?: string[] } = {},
): ExpectedReply {
  return {
    status: 200,
    answer: {
      success: true,
      ...(depositUrl === null ? { code: 'LINK_UNAVAILABLE' } : {}),
      registrationId: AN_ID,
      depositUrl,
      userData,
      replayed,
      ...more,
    },
  }
}

export function pending(retryAfterMs: unknown): ExpectedReply {
  return { status: 202, answer: { success: false, code: 'PENDING', registrationId: AN_ID, retryAfterMs } }
}

/** A failure that the same call will meet again. */
export function refused(status: number, code: string, error: unknown, more: object = {}): ExpectedReply {
  const issues = code === 'INVALID_INPUT' && { issues: typeof error === 'string' ? issuesIn(error) : expect.any(Array) }
  return { status, answer: { success: false, code, error, retryable: false, requestId: AN_ID, ...issues, ...more } }
}

/** The same bad fields as in the sentence, one by one. */
function issuesIn(sentence: string) {
  return sentence.split('; ').map((part) => {
    const [, path, message] = /^([\w.]+): (.*)$/s.exec(part) ?? []
    return path === undefined ? { path: '', message: expect.any(String) } : { path, message }
  })
}

/** A failure that another try may not meet. */
export function postponed(
  status: number,
  code: string,
  error: unknown,
  retryAfterMs: unknown,
  more: object = {},
): ExpectedReply {
  return { status, answer: { success: false, code, error, retryable: true, requestId: AN_ID, retryAfterMs, ...more } }
}
