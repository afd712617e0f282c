import { type HttpHandler, HttpResponse, http } from 'msw'
import { callerSignal } from './caller-signal.ts'
import { instant, type LedgerWriter } from './ledger.ts'
import type { MisbehaviourPlan } from './misbehaviour-plan.ts'
import { type Attempt, MISBEHAVIOURS, wellBehaved } from './misbehaviours.ts'
import { partnerAnswer } from './partner-answer.ts'
import { textField } from './text-field.ts'

interface Partner {
  ledger: LedgerWriter
  plan: MisbehaviourPlan
  /** The host of the links it hands out. */
  domain: string
}

/** `POST /register`, as the partner speaks it. `Idempotency-Key` is recorded and ignored, as it is there. */
export function registerHandler(baseUrl: string, { ledger, plan, domain }: Partner): HttpHandler {
  return http.post(`${baseUrl}/register`, async ({ request, finalize }) => {
    const startedAt = instant()
    const body = jsonOrText(await request.text())
    const email = textField(body, 'email')
    const misbehaviour = email === '' ? null : plan.take(email)
    const call = ledger.begin({
      email,
      headers: Object.fromEntries(request.headers),
      body,
      misbehaviour: misbehaviour?.name ?? null,
      startedAt,
    })
    let working: Promise<unknown> | undefined
    finalize(() => {
      if (working) void working.finally(() => ledger.end(call))
      else ledger.end(call)
    })
    if (email === '') {
      call.status = 400
      return HttpResponse.json({ message: 'The e-mail is required' }, { status: 400 })
    }

    const attempt: Attempt = {
      settings: misbehaviour?.settings ?? {},
      caller: callerSignal.getStore() ?? request.signal,
      register(ifKnown = 'refuse') {
        const known = ledger.accountsOf(email)[0]
        if (known && ifKnown === 'refuse') return null
        const account = known && ifKnown === 'answer-again' ? known : ledger.openAccount(email, call.id)
        return partnerAnswer(account, domain, textField(body, 'custom_login_link'))
      },
      keepWorking(work) {
        working = work
      },
    }
    const response = await (misbehaviour ? MISBEHAVIOURS[misbehaviour.name] : wellBehaved)(attempt)
    if (response.type !== 'error') call.status = response.status
    return response
  })
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
