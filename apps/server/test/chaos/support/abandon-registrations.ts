import type { FleetCluster } from './fleet-cluster.ts'
import type { ServerProcess } from './server-process.ts'
import { type Page, type Visit, visit } from './visit.ts'

export interface AbandonedRegistrations {
  emails: readonly string[]
  /** The visits of all pages. */
  visits: Promise<Visit[]>
}

const COUNT = 20
const PATIENCE_MS = 60_000

/**
 * Starts registrations at a replica that is about to be killed, and resolves when the partner has an account for each and none is
 * answered. Their pages send no more requests. For every second registration, a page at each other replica waits with the same
 * key; recovery alone finishes the rest.
 */
export async function abandonRegistrations(
  cluster: FleetCluster,
  victim: ServerProcess,
  name: string,
): Promise<AbandonedRegistrations> {
  const names = Array.from({ length: COUNT }, (_, index) => `${name}-${index}`)
  const pageOf = (pageName: string): Page => ({
    name: pageName,
    email: `${pageName}@chaos.example`,
    key: `idempotency key of ${pageName}`,
    transport: 'rest',
    target: () => victim,
    patienceMs: 0,
  })
  const pages = names.map(pageOf)
  const emails = pages.map(({ email }) => email)
  await Promise.all(emails.map((email) => cluster.partner.misbehave(email, 'answer-lost', { times: 1 })))
  const leaving = pages.map(visit)
  await cluster.partner.until(({ calls }) => {
    const asked = new Set(calls.map(({ email }) => email))
    return emails.every((email) => asked.has(email))
  })
  const others = cluster.servers.filter((server) => server !== victim)
  const waiting = pages
    .filter((_, index) => index % 2 === 0)
    .flatMap((page) =>
      others.map((other) => visit({ ...page, transport: 'trpc', target: () => other, patienceMs: PATIENCE_MS })),
    )
  return { emails, visits: Promise.all([...leaving, ...waiting]) }
}
