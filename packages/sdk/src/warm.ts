import { type RegistrationSettings, settingsFor } from './configure.ts'

/**
 * Opens the connection to the server while the visitor still types, so that the registration itself costs one round
 * trip. A real request rather than a preconnect hint, since browsers close an unused connection after seconds.
 * Never fails; calling it twice does no harm.
 */
export function warm(settings?: RegistrationSettings): void {
  const { endpoint } = settingsFor(settings)
  fetch(`${endpoint}/livez`, { mode: 'no-cors', credentials: 'omit', cache: 'no-store' }).catch(() => {})
}
