import { setTimeout as pause } from 'node:timers/promises'
import { HttpResponse } from 'msw'
import { gatewayError } from './gateway-error.ts'
import { gzipBomb, gzipped, oversizedJson } from './hostile-bodies.ts'
import type { PartnerAnswer } from './partner-answer.ts'
import {
  continueFirst,
  dripBody,
  hangAfterBody,
  hangBeforeHeaders,
  hangInBody,
  resetAfterBody,
  resetAfterHeaders,
  resetBeforeHeaders,
} from './wire-faults.ts'

/** What a misbehaviour may be told. */
export interface MisbehaviourSettings {
  /**
   * The pause of `slow` and `slow-answer` (3,000 by default) and between the bytes of `drip` (1,000 by default); how long the partner is at
   * work behind a gateway (2,000 by default).
   */
  delayMs?: number | undefined
  /** `slow` and `slow-answer` wait for this instead of `delayMs`. Only for tests in the sandbox's own process. */
  until?: Promise<unknown> | undefined
  /** What `too-many-requests` sends as `Retry-After`; 1 by default. */
  retryAfterSeconds?: number | undefined
  /** The sentence of `rejected…` and `success-false`. */
  message?: string | undefined
}

/** One call, seen by what is about to answer it. */
export interface Attempt {
  settings: MisbehaviourSettings
  /** Aborts when the caller is gone. */
  caller: AbortSignal
  /**
   * Opens the account. Where the e-mail has one already: `null` (refuse, the default), the answer of the account that
   * is there, or the answer of one more.
   */
  register(ifKnown?: 'refuse' | 'answer-again' | 'open-another'): PartnerAnswer | null
  /** The call is under way until this is over, also where it was answered before. */
  keepWorking(work: Promise<unknown>): void
}

/** Answers one call. What it doesn't `register()`, the partner has no account of. */
export type Misbehaviour = (attempt: Attempt) => Response | Promise<Response>

/** What the partner does when nobody asked for anything else. */
export const wellBehaved: Misbehaviour = (attempt) => answerOrRefuse(attempt, (answer) => HttpResponse.json(answer))

const ALREADY_REGISTERED = 'This e-mail is already registered'

/** Everything that the partner can do wrong, by the name that tests, e-mail tags and the control route use. */
export const MISBEHAVIOURS = {
  // Rejections: no account is opened, whether or not there is one already.
  'already-registered': refusal(ALREADY_REGISTERED),
  'already-exists': refusal('An account with this e-mail already exists'),
  'multiple-accounts': refusal('Multiple accounts are not allowed'),
  rejected: ({ settings }) => refuse(sentenceOf(settings)),
  'success-false': ({ settings }) =>
    HttpResponse.json({ success: false, message: settings.message ?? 'Registration failed' }),
  'rejected-under-error': ({ settings }) => HttpResponse.json({ success: false, error: sentenceOf(settings) }),
  'rejected-in-a-list': ({ settings }) =>
    HttpResponse.json({ statusCode: 400, message: [sentenceOf(settings)], error: 'Bad Request' }, { status: 400 }),
  'rejected-by-field': ({ settings }) =>
    HttpResponse.json({ errors: { email: [sentenceOf(settings)] } }, { status: 422 }),
  'rejected-as-a-problem': ({ settings }) =>
    HttpResponse.json({ title: 'Forbidden', detail: sentenceOf(settings) }, { status: 403 }),
  'rejected-unreadably': () => HttpResponse.json({ oops: [1] }, { status: 400 }),
  'email-taken': () => HttpResponse.json({ message: 'The email has already been taken.' }, { status: 422 }),
  'too-many-requests': ({ settings }) =>
    HttpResponse.json(
      { message: 'Too many requests' },
      { status: 429, headers: { 'retry-after': `${settings.retryAfterSeconds ?? 1}` } },
    ),

  // The caller's own set-up, or "not now".
  unauthenticated: () => HttpResponse.json({ message: 'Unauthenticated.' }, { status: 401 }),
  forbidden: () => HttpResponse.json({ message: 'Forbidden' }, { status: 403 }),
  'not-found': () => HttpResponse.json({ message: 'Cannot POST /register' }, { status: 404 }),
  'too-early': () => HttpResponse.json({ message: 'Too early' }, { status: 425 }),
  'request-in-progress': () =>
    HttpResponse.json({ message: 'There is another in-progress request with this idempotency key' }, { status: 409 }),

  // A gateway gives up, and the partner works on.
  'gateway-408': gatewayError(408),
  'gateway-460': gatewayError(460),
  'gateway-499': gatewayError(499),
  'gateway-502': gatewayError(502),
  'gateway-503': gatewayError(503),
  'gateway-504': gatewayError(504),
  'gateway-520': gatewayError(520),
  'gateway-524': gatewayError(524),
  'gateway-599': gatewayError(599),

  // Not unique by e-mail: what a second call for a known e-mail may do elsewhere.
  'answer-again': (attempt) => HttpResponse.json(attempt.register('answer-again')),
  'second-account': (attempt) => HttpResponse.json(attempt.register('open-another')),

  // Answers that say nothing about the account.
  'server-error-500': serverError(500),
  'server-error-502': serverError(502),
  'server-error-503': serverError(503),
  'server-error-504': serverError(504),
  'server-error-500-after-creating': afterCreating(serverError(500)),
  'server-error-502-after-creating': afterCreating(serverError(502)),
  'server-error-503-after-creating': afterCreating(serverError(503)),
  'server-error-504-after-creating': afterCreating(serverError(504)),
  redirect: () => new HttpResponse(null, { status: 302, headers: { location: 'https://evil.example/register' } }),
  html: () => HttpResponse.html('<!doctype html><title>Maintenance</title><p>We will be back soon.'),
  'html-after-creating': afterCreating(() => HttpResponse.html('<!doctype html><title>Welcome</title>')),

  // The account is opened, and its answer is damaged.
  'truncated-json': (attempt) =>
    answerOrRefuse(attempt, (answer) =>
      HttpResponse.text(JSON.stringify(answer).slice(0, -20), { headers: { 'content-type': 'application/json' } }),
    ),
  'oversized-json': (attempt) => answerOrRefuse(attempt, oversizedJson),
  'gzip-bomb': (attempt) => answerOrRefuse(attempt, gzipBomb),
  gzip: (attempt) => answerOrRefuse(attempt, gzipped),
  'missing-fields': changed(({ success, domain, deposit }) => ({ success, domain, deposit })),
  'empty-strings': changed((answer) => ({ ...answer, login: '', password: '', custom_login_link: '', deposit: '' })),
  'no-link': changed(({ success, domain, login, password }) => ({ success, domain, login, password })),
  'only-autologin': changed((answer) => ({ ...answer, domain: '', deposit: '', main: '', custom_login_link: '' })),
  'numeric-login': changed((answer) => ({ ...answer, login: 1_234_567 })),
  'huge-login': (attempt) =>
    answerOrRefuse(attempt, (answer) =>
      HttpResponse.text(JSON.stringify({ ...answer, login: 0 }).replace('"login":0', `"login":${HUGE_LOGIN}`), {
        headers: { 'content-type': 'application/json' },
      }),
    ),
  'long-link': changed((answer) => ({ ...answer, deposit: `/deposit?t=${'x'.repeat(2_100)}`, custom_login_link: '' })),
  'domain-with-slash': changed((answer) => ({ ...answer, domain: `${answer.domain}/` })),
  'domain-with-path': changed((answer) => ({ ...answer, domain: `${answer.domain}/en` })),
  'domain-with-blanks': changed((answer) => ({ ...answer, domain: ` ${answer.domain}\n` })),
  'link-with-line-end': changed((answer) => ({ ...answer, deposit: `${answer.deposit}\n` })),
  'extra-fields': changed((answer) => ({ ...answer, currency: 'EUR', nested: { bonus: [1, 2, 3] } })),

  // The account is opened, and its links lead elsewhere than they pretend.
  'link-userinfo': changed((answer) => ({ ...answer, deposit: '@evil.example/deposit', custom_login_link: '' })),
  'link-host-suffix': changed((answer) => ({ ...answer, deposit: '.evil.example/deposit', custom_login_link: '' })),
  'link-double-slash': changed((answer) => ({ ...answer, deposit: '//evil.example/deposit', custom_login_link: '' })),
  'link-foreign-domain': changed((answer) => ({ ...answer, domain: 'evil.example' })),
  'link-domain-userinfo': changed((answer) => ({ ...answer, domain: 'evil.example@evil.example' })),
  'link-javascript': changed(({ success, login, password }) => ({
    success,
    login,
    password,
    autologin: 'javascript:alert(document.domain)',
  })),

  'links-elsewhere': changed((answer) => ({
    ...answer,
    autologin: 'javascript:alert(1)',
    main: '@evil.example/x',
    custom_login_link: '.evil.example/y',
  })),

  // The connection.
  slow: async (attempt) => {
    await delay(attempt.settings)
    return wellBehaved(attempt)
  },
  'slow-answer': async (attempt) => {
    const answer = await wellBehaved(attempt)
    await delay(attempt.settings)
    return answer
  },
  hang: ({ caller }) => hangBeforeHeaders(caller),
  'answer-lost': afterCreating(({ caller }) => hangBeforeHeaders(caller)),
  'hang-in-body': (attempt) => answerOrRefuse(attempt, (answer) => hangInBody(JSON.stringify(answer))),
  drip: (attempt) =>
    answerOrRefuse(attempt, (answer) => dripBody(JSON.stringify(answer), attempt.settings.delayMs ?? 1_000)),
  'whole-then-hang': (attempt) => answerOrRefuse(attempt, (answer) => hangAfterBody(JSON.stringify(answer))),
  'whole-then-reset': (attempt) => answerOrRefuse(attempt, (answer) => resetAfterBody(JSON.stringify(answer))),
  'continue-first': async (attempt) => continueFirst(await wellBehaved(attempt)),
  reset: resetBeforeHeaders,
  'reset-after-creating': afterCreating(resetBeforeHeaders),
  'reset-after-headers': (attempt) => answerOrRefuse(attempt, (answer) => resetAfterHeaders(JSON.stringify(answer))),
} as const satisfies Record<string, Misbehaviour>

export type MisbehaviourName = keyof typeof MISBEHAVIOURS

export function isMisbehaviourName(name: unknown): name is MisbehaviourName {
  return typeof name === 'string' && Object.hasOwn(MISBEHAVIOURS, name)
}

function delay({ delayMs = 3_000, until }: MisbehaviourSettings): Promise<unknown> {
  return until ?? pause(delayMs, undefined, { ref: false })
}

/** More than JavaScript's numbers hold. */
const HUGE_LOGIN = '9007199254740993123'

function sentenceOf({ message = 'Registration is not available in your country' }: MisbehaviourSettings): string {
  return message
}

function refuse(message: string): Response {
  return HttpResponse.json({ message }, { status: 400 })
}

function refusal(message: string): Misbehaviour {
  return () => refuse(message)
}

function answerOrRefuse(attempt: Attempt, respond: (answer: PartnerAnswer) => Response): Response {
  const answer = attempt.register()
  return answer ? respond(answer) : refuse(ALREADY_REGISTERED)
}

function changed(change: (answer: PartnerAnswer) => object): Misbehaviour {
  return (attempt) => answerOrRefuse(attempt, (answer) => HttpResponse.json(change(answer)))
}

function afterCreating(misbehaviour: Misbehaviour): Misbehaviour {
  return (attempt) => {
    attempt.register()
    return misbehaviour(attempt)
  }
}

/** An application's own 500 is JSON; what a gateway in front of it says is HTML. */
function serverError(status: 500 | 502 | 503 | 504): Misbehaviour {
  return () =>
    status === 500
      ? HttpResponse.json({ message: 'Internal server error' }, { status })
      : HttpResponse.html(`<html><body><h1>${status}</h1></body></html>`, { status })
}
