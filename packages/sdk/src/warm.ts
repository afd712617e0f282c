import { type RegistrationSettings, settingsFor } from './configure.ts'

/**
 * Opens the connection to the server while the visitor still types, so that the registration itself costs one round
 * trip. A real request rather than a preconnect hint, since browsers close an unused connection after seconds; a HEAD,
 * since they close the connection too when an answer that the page may not read has a body.
 * Never fails, and doing it twice does no harm.
 */
export async function warm(settings?: RegistrationSettings): Promise<void> {
  try {
    const { endpoint } = settingsFor(settings)
    await fetch(`${endpoint}/livez`, { method: 'HEAD', mode: 'no-cors', credentials: 'omit', cache: 'no-store' })
  } catch {}
}
