import type { RegistrationRequest } from '@registration/shared'
import { browserData } from './browser-data.ts'
import type { RegistrationSettings } from './configure.ts'
import { plainJson } from './plain-json.ts'
import { randomKey } from './random-key.ts'
import type { Visitor } from './read-arguments.ts'
import { textOf } from './traffic-params.ts'
import { withoutBlanks } from './without-blanks.ts'

/** The server takes bodies of 16 KiB, with the key and a proof of at most 4 KiB. */
const MAX_BYTES = 12_000

/** A field that is missing below would not be sent. */
type SentField = Exclude<keyof RegistrationRequest, 'idempotencyKey' | 'verificationToken' | 'clientIp'>

/** Everything that is sent to the server, except the key and the proof. */
export function registrationInput(
  { email, name, trafficParams, visitorId }: Visitor,
  { browserData: own, ...settings }: RegistrationSettings,
): RegistrationRequest {
  const browser = own === false ? undefined : typeof own === 'object' ? own : browserData()
  const input = {
    email,
    name: name.slice(0, 200),
    visitorId: visitorId || textOf(settings.visitorId) || randomKey(),
    trafficParams,
    siteUrl: (textOf(settings.siteUrl) || globalThis.location?.href.split('#')[0])?.slice(0, 2048),
    source: textOf(settings.source)?.slice(0, 100),
    browserData: browser,
  } satisfies Record<SentField, unknown>
  return fitted(plainJson(withoutBlanks(input)) as RegistrationRequest)
}

/** Only describes the visitor, and gives way to a registration where there is too much of it: the longest first. */
function fitted(input: RegistrationRequest): RegistrationRequest {
  if (size(input) > MAX_BYTES) delete input.browserData
  const params = input.trafficParams as Record<string, string>
  while (size(input) > MAX_BYTES) {
    const [longest] = Object.keys(params).sort((one, other) => size(params[other]) - size(params[one]))
    if (!longest) break
    delete params[longest]
  }
  return input
}

/** At most so many bytes as JSON. */
function size(value: unknown): number {
  return (JSON.stringify(value) ?? '').replace(/[^ -~]/g, 'xxx').length
}
