import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { sendRequest } from './support/send-request.ts'
import { type ServerProcess, startServerProcess } from './support/server-process.ts'
import { startTestCluster } from './support/test-cluster.ts'

const [spring, autumn] = ['spring', 'autumn'].map((id) => `${id}:${randomBytes(32).toString('base64')}`)
/** Behind first, on every server; only then in front. */
const STEPS = [`${spring},${autumn}`, `${autumn},${spring}`]

it('lets a new encryption key take the place of an old one in two steps over a rolling deploy, and no visitor knows', async () => {
  await using cluster = await startTestCluster({ env: { ENCRYPTION_KEYS: `${spring}` } })
  await using stack = new AsyncDisposableStack()
  const servers = [...cluster.servers]
  const links = new Map<string, string>()

  async function linkOf(server: ServerProcess, name: string): Promise<string> {
    const request = { email: `${name}@chaos.example`, visitorId: 'v', idempotencyKey: `the key of ${name}` }
    const { answer, problem } = await sendRequest(server.url, 'rest', request, new AbortController().signal)
    // Whatever a server can't do, it says so in an answer; 500 is one, too.
    if (!answer?.success) throw new Error(`${name}: ${JSON.stringify(answer ?? problem)}`)
    return `${answer.depositUrl}`
  }

  /** Every server registers somebody, and gives everybody's link, whichever saved it. Half of the links are secrets. */
  async function checkAll(when: string): Promise<void> {
    for (const [index, server] of servers.entries()) {
      for (const kind of ['', '+only-autologin']) {
        const name = `${when}-${index}${kind}`
        links.set(name, await linkOf(server, name))
      }
    }
    for (const [name, link] of links) {
      expect(link).toMatch(/^https:/)
      for (const server of servers) expect({ name, link: await linkOf(server, name) }).toEqual({ name, link })
    }
  }

  await checkAll('before')
  for (const [step, keys] of STEPS.entries()) {
    for (const [index, server] of servers.entries()) {
      await server.end('SIGTERM')
      servers[index] = stack.use(await startServerProcess({ ...server.env, ENCRYPTION_KEYS: keys }))
      await checkAll(`step-${step}-${index}`)
      // One that is rescheduled in between finds what the others have saved.
      const other = servers[1 - index] as ServerProcess
      await other.end('SIGKILL')
      await other.start()
      await checkAll(`again-${step}-${index}`)
    }
  }
  const { rows } = await cluster.database.query(
    `select distinct split_part(partner_secrets, ':', 1) as key from registrations order by key`,
  )
  expect(rows).toEqual([{ key: 'autumn' }, { key: 'spring' }])
  expect([...links.values()].some((link) => link.includes('autologin'))).toBe(true)
  for (const { log } of servers) {
    expect(log.filter(({ level }) => Number(level) >= 50)).toEqual([])
    expect(log.filter(({ key }) => key !== undefined)).toEqual([])
  }
})
