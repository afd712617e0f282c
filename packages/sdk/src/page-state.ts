import type { RegistrationSettings } from './configure.ts'
import type { Flight } from './share-flight.ts'

/** What every copy of this package in one page shares: the script-tag file, ES modules and CommonJS alike. */
interface PageState {
  settings: RegistrationSettings
  /** Registrations under way, by their name. */
  flights: Map<string, Flight>
  /** Takes the place of `localStorage` where that can't be used. */
  memory: Record<string, string>
  /** How bodies are labelled; unset until a server has refused the first choice. */
  contentType?: string
  /** Origins that the page's Content-Security-Policy has kept from us; unset until somebody listens. */
  blockedOrigins?: Set<string>
}

/** The number is that of the shape above: a copy with another shape must not join. */
const STATE = Symbol.for('@registration/sdk/page/1')

const page = globalThis as { [STATE]?: PageState }

page[STATE] ??= { settings: {}, flights: new Map(), memory: {} }

export const pageState: PageState = page[STATE]
