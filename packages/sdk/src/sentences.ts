import type { RegistrationSettings } from './configure.ts'
import type { RegistrationErrorCode } from './registration-error.ts'

/** What the SDK itself says to a visitor. For all other codes the server says it. */
const ENGLISH: Partial<Record<RegistrationErrorCode, string>> = {
  NETWORK: 'The registration server cannot be reached at the moment. Please try again shortly.',
  PENDING: 'The registration is still running. Please try again shortly.',
  LINK_UNAVAILABLE: 'You are registered, but the link is missing. Please log in.',
  ABORTED: 'The page stopped waiting.',
  INTERNAL: 'Something went wrong. Please try again.',
}

const LATER = 'Сейчас не получается. Попробуйте ещё раз чуть позже.'
const AGAIN = 'Что-то пошло не так. Попробуйте ещё раз.'
const NOT_HERE = 'С этой страницы зарегистрироваться нельзя.'

/** Every code, so that nothing is said in two languages. */
const RUSSIAN: Record<RegistrationErrorCode, string> = {
  NETWORK: LATER,
  PENDING: 'Регистрация ещё идёт. Попробуйте ещё раз чуть позже.',
  LINK_UNAVAILABLE: 'Вы зарегистрированы, но ссылки нет. Пожалуйста, войдите в аккаунт.',
  ABORTED: 'Страница прекратила ожидание.',
  INVALID_INPUT: 'Данные не приняты. Проверьте адрес e-mail.',
  ALREADY_REGISTERED: 'Этот e-mail уже зарегистрирован.',
  MULTIPLE_ACCOUNTS: 'Несколько аккаунтов не допускается.',
  PARTNER_REJECTED: 'В регистрации отказано.',
  VERIFICATION_REQUIRED: 'Сначала подтвердите адрес e-mail.',
  VERIFICATION_INVALID: 'Подтверждение e-mail неверно или устарело. Подтвердите его ещё раз.',
  ORIGIN_NOT_ALLOWED: NOT_HERE,
  FORBIDDEN: NOT_HERE,
  IN_PROGRESS: 'Этот e-mail сейчас регистрируется. Попробуйте ещё раз чуть позже.',
  IDEMPOTENCY_KEY_REUSED: AGAIN,
  RATE_LIMITED: 'Слишком много попыток. Подождите немного и попробуйте ещё раз.',
  INTERNAL: AGAIN,
  PARTNER_UNAVAILABLE: LATER,
  OVERLOADED: LATER,
  DATABASE_UNAVAILABLE: LATER,
  VERIFICATION_UNAVAILABLE: LATER,
}

/** The server's own words for a rejection to which the partner said nothing; anything else is the partner's sentence. */
const WITHOUT_PARTNER =
  /^(This e-mail is already registered|Multiple accounts are not allowed|The registration was (refused|rejected))\.$/

/**
 * The sentence for a visitor, in the language of the page: its own by `messages`, the partner's as it came, else one for the
 * code. `said` is the server's sentence.
 */
export function sentenceFor(
  code: RegistrationErrorCode,
  { language, messages }: Pick<RegistrationSettings, 'language' | 'messages'>,
  said?: string,
): string {
  const isPartners =
    /^(ALREADY_REGISTERED|MULTIPLE_ACCOUNTS|PARTNER_REJECTED)$/.test(code) && !WITHOUT_PARTNER.test(said ?? '')
  const russian = /^ru\b/i.test(language ?? globalThis.document?.documentElement?.lang ?? '')
  return (
    messages?.[code] ||
    (said && (isPartners || !russian) ? said : (russian && (RUSSIAN[code] ?? AGAIN)) || ENGLISH[code] || said || code)
  )
}
