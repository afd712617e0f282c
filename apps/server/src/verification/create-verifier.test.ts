import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { createVerifier } from './create-verifier.ts'

const secret = 'the secret of the code verification'
const email = 'ann@example.com'

function proofFor(audience: string | string[] | undefined): Promise<string> {
  const proof = new SignJWT({ email }).setProtectedHeader({ alg: 'HS256' }).setIssuedAt().setExpirationTime('5 minutes')
  if (audience !== undefined) proof.setAudience(audience)
  return proof.sign(new TextEncoder().encode(secret))
}

describe('with VERIFICATION_AUDIENCE', () => {
  const verify = createVerifier({ mode: 'hs256', secret, audience: 'registration' })

  it.each([['registration'], [['shop', 'registration']]])(
    'takes a proof that is meant for it (%j)',
    async (audience) => {
      expect(await verify(await proofFor(audience), email)).toBe('valid')
    },
  )

  it.each([['shop'], [['shop', 'forum']], [undefined]])(
    'refuses a proof that is meant for somebody else, or for nobody (%j)',
    async (audience) => {
      expect(await verify(await proofFor(audience), email)).toBe('invalid')
    },
  )
})

describe('without VERIFICATION_AUDIENCE', () => {
  it.each([['shop'], [undefined]])('takes a proof whoever it is meant for (%j)', async (audience) => {
    const verify = createVerifier({ mode: 'hs256', secret, audience: undefined })
    expect(await verify(await proofFor(audience), email)).toBe('valid')
  })
})
