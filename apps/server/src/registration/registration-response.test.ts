import { describe, expect, it } from 'vitest'
import { aRegistration } from '../../test/support/a-registration.ts'
import { ApiError } from './api-error.ts'
import { responseFor, retryAfterMs } from './registration-response.ts'

const depositUrl = 'https://partner.example/deposit'

function errorOf(registration: ReturnType<typeof aRegistration>): ApiError {
  try {
    responseFor(registration, false)
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new Error('It did not throw.')
}

describe('responseFor', () => {
  it('a success has the link, the partner’s account and the visitor’s data', () => {
    const partnerAccount = { success: true, login: 7, password: 'p' }
    const succeeded = aRegistration({ status: 'succeeded', name: 'Ann', partnerAccount, depositUrl })
    expect(responseFor(succeeded, true)).toEqual({
      success: true,
      registrationId: succeeded.id,
      depositUrl,
      userData: { ...partnerAccount, email: 'ann@example.com', name: 'Ann', visitorId: 'visitor-1' },
      replayed: true,
    })
  })

  it.each(['succeeded', 'succeeded_without_link'] as const)('%s without a link is LINK_UNAVAILABLE', (status) => {
    const withoutLink = aRegistration({ status })
    expect(responseFor(withoutLink, false)).toMatchObject({ success: true, code: 'LINK_UNAVAILABLE', depositUrl: null })
  })

  it('a rejection throws its code with the partner’s message, or without one', () => {
    const rejection = { code: 'MULTIPLE_ACCOUNTS', message: 'Multiple accounts!' } as const
    const rejected = aRegistration({ status: 'rejected', rejection })
    expect(errorOf(rejected)).toMatchObject({
      ...rejection,
      sentence: rejection.message,
      registrationId: rejected.id,
    })
    expect(errorOf({ ...rejected, rejection: { ...rejection, message: null } })).toMatchObject({
      code: 'MULTIPLE_ACCOUNTS',
      sentence: undefined,
    })
  })

  it('a released registration throws PARTNER_UNAVAILABLE with a time to retry', () => {
    const released = aRegistration({ status: 'released' })
    expect(errorOf(released)).toMatchObject({ code: 'PARTNER_UNAVAILABLE', retryAfterMs: 2_000 })
  })

  it.each(['pending', 'uncertain', 'stuck'] as const)('%s is PENDING', (status) => {
    expect(responseFor(aRegistration({ status }), false)).toMatchObject({ success: false, code: 'PENDING' })
  })
})

describe('retryAfterMs', () => {
  it.each([
    [0, 1_000],
    [2_500, 3_500],
    [600_000, 60_000],
  ])('is shortly after the next call: due in %i ms, retry after %i ms', (nextAttemptInMs, expected) => {
    expect(retryAfterMs(aRegistration({ status: 'uncertain', nextAttemptInMs }))).toBe(expected)
  })

  it('is a minute for a stuck registration', () => {
    expect(retryAfterMs(aRegistration({ status: 'stuck', nextAttemptInMs: 0 }))).toBe(60_000)
  })
})
