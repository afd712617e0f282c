import { type HttpHandler, HttpResponse, http } from 'msw'
import type { Ledger } from './ledger.ts'
import type { MisbehaviourOptions, MisbehaviourPlan } from './misbehaviour-plan.ts'
import { isMisbehaviourName, MISBEHAVIOURS } from './misbehaviours.ts'
import { OPEN_CORS, preflightHandler } from './open-cors.ts'
import { textField } from './text-field.ts'

/** What the sandbox object offers, for those in another process. */
export function controlHandlers(
  baseUrl: string,
  { ledger, plan, reset }: { ledger: Ledger; plan: MisbehaviourPlan; reset: () => void },
): HttpHandler[] {
  return [
    preflightHandler(`${baseUrl}/sandbox`),
    preflightHandler(`${baseUrl}/sandbox/*`),

    http.get(`${baseUrl}/sandbox/ledger`, () =>
      HttpResponse.json({ accounts: ledger.accounts, calls: ledger.calls }, { headers: OPEN_CORS }),
    ),

    http.post(`${baseUrl}/sandbox/misbehave`, async ({ request }) => {
      const body: unknown = await request.json().catch(() => null)
      const email = textField(body, 'email')
      const name = textField(body, 'misbehaviour')
      if (email === '') return refuse('Name the e-mail that misbehaves, or "*" for all.')
      if (!isMisbehaviourName(name)) return refuse(`Name a misbehaviour: ${Object.keys(MISBEHAVIOURS).join(', ')}.`)
      plan.add(email, name, options(body))
      return new HttpResponse(null, { status: 204, headers: OPEN_CORS })
    }),

    http.delete(`${baseUrl}/sandbox`, () => {
      reset()
      return new HttpResponse(null, { status: 204, headers: OPEN_CORS })
    }),
  ]
}

function options(body: unknown): MisbehaviourOptions {
  const number = (name: string) => {
    const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
    return typeof value === 'number' ? value : undefined
  }
  return {
    times: number('times'),
    share: number('share'),
    delayMs: number('delayMs'),
    retryAfterSeconds: number('retryAfterSeconds'),
    message: textField(body, 'message') || undefined,
  }
}

function refuse(message: string): Response {
  return HttpResponse.json({ message }, { status: 400, headers: OPEN_CORS })
}
