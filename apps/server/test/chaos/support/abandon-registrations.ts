import type { FleetCluster } from './fleet-cluster.ts'
import type { ServerProcess } from './server-process.ts'
import { type Page, type Visit, visit } from './visit.ts'

export interface AbandonedRegistrations {
  emails: readonly string[]
  /** The pages of all of them, once they are done. */
  visits: Promise<Visit[]>
}

const COUNT = 20
const PATIENCE_MS = 60_000

/**
 * Begins registrations at a replica that is about to die, and resolves when the partner has an account for each and none is
 * answered. Those who began them leave. For every other one, a page at each of the other replicas waits with the same
 * key; for the rest there is only recovery.
 */
export async function abandonRegistrations(
  cluster: FleetCluster,
  victim: ServerProcess,
  name: string,
): Promise<AbandonedRegistrations> {
  const names = Array.from({ length: COUNT }, (_, index) => `${name}-${index}`)
  const pageOf = (its: string): Page => ({
    name: its,
    email: `${its}@chaos.example`,
    key: `key of ${its}`,
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
