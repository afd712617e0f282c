import { type RegistrationSettings, settingsFor } from './configure.ts'

/**
 * Opens the connection to the server while the visitor still types, so that the registration itself costs one round
 * trip. A real request rather than a preconnect hint, since browsers close an unused connection after seconds.
 * Never fails, and doing it twice does no harm.
 */
export async function warm(settings?: RegistrationSettings): Promise<void> {
  try {
    await fetch(`${settingsFor(settings).endpoint}/livez`, { mode: 'no-cors', credentials: 'omit', cache: 'no-store' })
  } catch {}
}
