import type { RegistrationRequest } from '@registration/shared'
import { browserData } from './browser-data.ts'
import type { RegistrationSettings } from './configure.ts'
import { randomKey } from './random-key.ts'
import { withoutBlanks } from './without-blanks.ts'

/** A value as old pages hold it: blank means absent, numbers are as good as strings. */
export type Loose = string | number | null | undefined

/** What the page's URL said about where the visitor came from; `trafficParamsFromUrl()` reads it. */
export interface LooseTrafficParams {
  tag?: Loose
  pb?: Loose
  click_id?: Loose
  /** A path on the partner's site, such as `/bonus`. */
  custom_login_link?: Loose
}

/** Everything the server is sent, but for the key and the proof. */
export function registrationInput(
  email: string,
  name: Loose,
  trafficParams: LooseTrafficParams | null | undefined,
  visitorId: Loose,
  settings: RegistrationSettings,
): RegistrationRequest {
  const { tag, pb, click_id, custom_login_link } = trafficParams ?? {}
  const { location } = globalThis
  return withoutBlanks({
    email: text(email),
    name: text(name),
    visitorId: text(visitorId) || settings.visitorId || randomKey(),
    trafficParams: withoutBlanks({
      tag: text(tag),
      pb: text(pb),
      click_id: text(click_id),
      custom_login_link: text(custom_login_link),
    }),
    siteUrl: settings.siteUrl ?? location?.href.split('#')[0]?.slice(0, 2048),
    source: settings.source,
    browserData: (settings.browserData ?? browserData()) || undefined,
  }) as RegistrationRequest
}

function text(value: Loose): string {
  return String(value ?? '').trim()
}
