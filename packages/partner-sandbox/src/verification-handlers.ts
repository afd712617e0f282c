import { randomInt } from 'node:crypto'
import { SignJWT } from 'jose'
import { type HttpHandler, HttpResponse, http } from 'msw'
import { sameEmailKey } from './ledger.ts'
import { OPEN_CORS, preflightHandler } from './open-cors.ts'
import { textField } from './text-field.ts'

/**
 * The stand-in for the code verification that exists already: `send-code` shows the code instead of sending it,
 * `confirm-code` trades it for the signed proof, an HS256 token with the claims `email`, `iat` and `exp`.
 */
export function verificationHandlers(baseUrl: string, secret: string, codes: Map<string, string>): HttpHandler[] {
  const key = new TextEncoder().encode(secret)
  return [
    preflightHandler(`${baseUrl}/verification/*`),

    http.post(`${baseUrl}/verification/send-code`, async ({ request }) => {
      const { email } = await fields(request)
      if (!email.includes('@')) return refuse('Enter an e-mail address.')
      const code = randomInt(1_000_000).toString().padStart(6, '0')
      codes.set(sameEmailKey(email), code)
      return HttpResponse.json({ sent: true, code }, { headers: OPEN_CORS })
    }),

    http.post(`${baseUrl}/verification/confirm-code`, async ({ request }) => {
      const { email, code } = await fields(request)
      if (code === '' || codes.get(sameEmailKey(email)) !== code) return refuse('This code is wrong.')
      codes.delete(sameEmailKey(email))
      const verificationToken = await new SignJWT({ email })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuedAt()
        .setExpirationTime('10 minutes')
        .sign(key)
      return HttpResponse.json({ verificationToken }, { headers: OPEN_CORS })
    }),
  ]
}

async function fields(request: Request): Promise<{ email: string; code: string }> {
  const body: unknown = await request.json().catch(() => null)
  return { email: textField(body, 'email'), code: textField(body, 'code') }
}

function refuse(message: string): Response {
  return HttpResponse.json({ message }, { status: 400, headers: OPEN_CORS })
}
