import { type RegistrationSettings, settingsFor } from './configure.ts'

/**
 * Opens the connection to the server while the visitor still types, so that the registration itself costs one round
 * trip. Never fails, and doing it twice does no harm.
 */
export async function warm(settings?: RegistrationSettings): Promise<void> {
  try {
    const { endpoint } = settingsFor(settings)
    // A real request rather than a preconnect hint, since browsers close an unused connection after seconds. tRPC answers
    // it without a body and without calling anything; and the page may read the answer, else Chromium might hang up.
    await fetch(`${endpoint}/trpc/registrationStatus`, { method: 'HEAD', credentials: 'omit', cache: 'no-store' })
  } catch {}
}
