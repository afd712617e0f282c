import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { sendRequest } from './support/send-request.ts'
import { type ServerProcess, startServerProcess } from './support/server-process.ts'
import { startTestCluster } from './support/test-cluster.ts'

const [spring, autumn] = ['spring', 'autumn'].map((id) => `${id}:${randomBytes(32).toString('base64')}`)
/** The new key is added last on every server, and only then moved to the front. */
const STEPS = [`${spring},${autumn}`, `${autumn},${spring}`]

it('an encryption key is rotated in two rolling deploys without an error for any visitor', async () => {
  await using cluster = await startTestCluster({ env: { ENCRYPTION_KEYS: `${spring}` } })
  await using stack = new AsyncDisposableStack()
  const servers = [...cluster.servers]
  const links = new Map<string, string>()

  async function linkOf(server: ServerProcess, name: string): Promise<string> {
    const request = { email: `${name}@chaos.example`, visitorId: 'v', idempotencyKey: `the key of ${name}` }
    const { answer, problem } = await sendRequest(server.url, 'rest', request, new AbortController().signal)
    // A failure is a response, too: also a 500.
    if (!answer?.success) throw new Error(`${name}: ${JSON.stringify(answer ?? problem)}`)
    return `${answer.depositUrl}`
  }

  /** Registers visitors at every server, and reads every link at every server. Half of the links are stored encrypted. */
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
      // A server that restarts in between can read what the others have saved.
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
