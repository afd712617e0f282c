import type { RegistrationOptions } from './orchestrate-registration.ts'
import { setUpError } from './registration-error.ts'
import { described, kindOf, looksLikeParams, readTrafficParams, textOf } from './traffic-params.ts'

/** What one call says of its visitor. */
export interface Visitor {
  email: string
  name: string
  trafficParams: Record<string, string>
  visitorId: string
}

/** What tells options from anything else that is an object. */
const OPTIONS = [
  ...['endpoint', 'verificationToken', 'visitorId', 'source', 'siteUrl', 'browserData', 'redirectHosts', 'deadlineMs'],
  ...['signal', 'onStatus', 'language', 'messages'],
]

/**
 * Reads the arguments of a call by what they are, since old pages leave the name out or write it behind the parameters.
 *
 * @throws RegistrationError `INVALID_INPUT` that names the argument which can't be meant
 */
export function readArguments(given: unknown[]): Visitor & { options: RegistrationOptions | undefined } {
  const [email, ...rest] = given
  const [name, params, visitorId, options] = inOrder(rest)
  return {
    email: readEmail(email),
    name: readText('name', name),
    trafficParams: readTrafficParams(params),
    visitorId: readText('visitorId', visitorId),
    options: readOptions(options),
  }
}

/** What follows the e-mail, as name, parameters, visitor id, options. */
function inOrder([first, second, third, fourth]: unknown[]): unknown[] {
  if (looksLikeParams(first)) {
    // Parameters right behind the e-mail, then the name and the visitor id, or only that.
    if (isBlank(second)) return withOptions([undefined, first, third, fourth])
    if (isOptions(second)) return [undefined, first, undefined, second]
    if (!looksLikeParams(second)) {
      return withOptions(
        isBlank(third) || isOptions(third)
          ? [undefined, first, second, third ?? fourth]
          : [second, first, third, fourth],
      )
    }
  }
  return withOptions([first, second, third, fourth])
}

/** Options may come where the visitor id was left out. */
function withOptions([name, params, visitorId, options]: unknown[]): unknown[] {
  return isBlank(options) && isOptions(visitorId)
    ? [name, params, undefined, visitorId]
    : [name, params, visitorId, options]
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

function isOptions(value: unknown): boolean {
  return kindOf(value) === 'Object' && OPTIONS.some((name) => name in (value as object))
}

function readEmail(given: unknown): string {
  const email = typeof given === 'number' ? undefined : textOf(given)
  if (email === undefined) {
    const remedy = typeof given === 'object' && 'value' in (given as object) ? ' Pass its value.' : ''
    throw setUpError(`email must be a text, not ${described(given)}.${remedy}`)
  }
  if (!email) throw setUpError('email is missing.')
  if (!email.includes('@')) throw setUpError('email must be an e-mail address.')
  return email
}

function readText(argument: string, given: unknown): string {
  const text = textOf(given)
  if (text === undefined) throw setUpError(`${argument} must be a text, not ${described(given)}.`)
  return text
}

function readOptions(given: unknown): RegistrationOptions | undefined {
  if (isBlank(given)) return undefined
  if (kindOf(given) !== 'Object') throw setUpError(`options must be an object, not ${described(given)}.`)
  return given as RegistrationOptions
}
