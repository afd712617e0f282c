import { describe, expect, it } from 'vitest'
import { aRegistration } from '../../test/support/a-registration.ts'
import { ApiError } from './api-error.ts'
import { responseFor, retryAfterMs } from './registration-response.ts'

const depositUrl = 'https://partner.example/deposit'

function refusalOf(registration: ReturnType<typeof aRegistration>): ApiError {
  try {
    responseFor(registration, false)
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new Error('It was no refusal.')
}

describe('answerFor', () => {
  it('gives the link, the partner’s answer and what was saved of the visitor', () => {
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

  it.each(['succeeded', 'succeeded_without_link'] as const)('says so where %s has no link to show', (status) => {
    const withoutLink = aRegistration({ status })
    expect(responseFor(withoutLink, false)).toMatchObject({ success: true, code: 'LINK_UNAVAILABLE', depositUrl: null })
  })

  it('refuses in the partner’s own words, or in ours where it had none', () => {
    const rejection = { code: 'MULTIPLE_ACCOUNTS', message: 'Multiple accounts!' } as const
    const rejected = aRegistration({ status: 'rejected', rejection })
    expect(refusalOf(rejected)).toMatchObject({
      ...rejection,
      sentence: rejection.message,
      registrationId: rejected.id,
    })
    expect(refusalOf({ ...rejected, rejection: { ...rejection, message: null } })).toMatchObject({
      code: 'MULTIPLE_ACCOUNTS',
      sentence: undefined,
    })
  })

  it('asks to come back where the partner certainly has nothing', () => {
    const released = aRegistration({ status: 'released' })
    expect(refusalOf(released)).toMatchObject({ code: 'PARTNER_UNAVAILABLE', retryAfterMs: 2_000 })
  })

  it.each(['pending', 'uncertain', 'stuck'] as const)('does not know yet of what is %s', (status) => {
    expect(responseFor(aRegistration({ status }), false)).toMatchObject({ success: false, code: 'PENDING' })
  })
})

describe('retryAfterMs', () => {
  it.each([
    [0, 1_000],
    [2_500, 3_500],
    [600_000, 60_000],
  ])('sends the caller back shortly after the next call: due in %i ms, back in %i', (nextAttemptInMs, expected) => {
    expect(retryAfterMs(aRegistration({ status: 'uncertain', nextAttemptInMs }))).toBe(expected)
  })

  it('sends the caller back rarely where a person has to decide', () => {
    expect(retryAfterMs(aRegistration({ status: 'stuck', nextAttemptInMs: 0 }))).toBe(60_000)
  })
})
