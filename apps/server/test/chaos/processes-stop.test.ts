import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { startHeldPartner } from './support/held-partner.ts'
import { checkInvariants } from './support/invariants.ts'
import { sendRequest } from './support/send-request.ts'
import type { ServerProcess } from './support/server-process.ts'
import { startTestCluster, type TestCluster } from './support/test-cluster.ts'
import type { Visit } from './support/visit.ts'
import { sendVisitors } from './support/visitors.ts'

const { seed } = chaosRun
const AT_ONCE = 20
const LOOK_EVERY_MS = 10

function onlyServer({ servers: [server] }: TestCluster): ServerProcess {
  if (!server) throw new Error('There is no replica.')
  return server
}

/** Polls `/readyz` until the server is gone. Returns the statuses without repetitions; `gone` means no connection. */
async function pollReadiness(
  url: string | undefined,
  onStatus: (status: string) => void = () => undefined,
): Promise<string[]> {
  const statuses: string[] = []
  while (statuses.at(-1) !== 'gone') {
    const status = await fetch(`${url}/readyz`).then(
      (response) => `${response.status}`,
      () => 'gone',
    )
    if (statuses.at(-1) !== status) {
      statuses.push(status)
      onStatus(status)
    }
    await pause(LOOK_EVERY_MS)
  }
  return statuses
}

it('a server that stops under load is unready first, answers every accepted request and leaves nothing unfinished', async () => {
  await using partner = await startHeldPartner()
  await using cluster = await startTestCluster({ replicas: 1, partner })
  const server = onlyServer(cluster)
  const visits: Visit[] = []
  const until = performance.now() + loadMs({ quickMs: 0, share: 0.05 })
  let stops = 0
  let sawUnready = false
  // Half a second lies between unready and gone; on a busy machine no poll may fall into it.
  for (; stops === 0 || !sawUnready || performance.now() < until; stops++) {
    if (stops > 0) await server.start()
    partner.release()
    let ready = true
    const page = { targets: [server], seed, atOnce: AT_ONCE, patienceMs: 0 }
    const late: Promise<Visit[]>[] = []
    const readiness = pollReadiness(server.url, (status) => {
      ready = status === '200'
      if (status === '503')
        late.push(sendVisitors({ ...page, name: `late-${stops}`, shouldContinue: (begun) => begun < AT_ONCE }))
    })
    const load = sendVisitors({ ...page, name: `visitor-${stops}`, shouldContinue: () => ready })
    const { calls: before } = await partner.ledger()
    const { calls: flowing } = await partner.until(({ calls }) => calls.length >= before.length + 2 * AT_ONCE)
    partner.hold()
    await partner.until(({ calls }) => calls.length > flowing.length)
    const stopped = server.end('SIGTERM')
    const statuses = await readiness
    sawUnready ||= statuses.includes('503')
    expect(statuses.filter((status) => status !== '503')).toEqual(['200', 'gone'])
    // No new connection is possible, and the accepted requests still wait for the partner.
    partner.release()
    expect(await stopped).toEqual({ code: 0, signal: null })
    visits.push(...(await load), ...(await Promise.all(late)).flat())

    // There is no other replica whose recovery could have finished the rest.
    const evidence = await checkInvariants(cluster, visits)
    const begun = new Set(evidence.rows.map(({ email }) => email))
    const unanswered = visits.filter(({ last }) => last.code === 'NETWORK')
    expect(unanswered.filter(({ email }) => begun.has(email))).toEqual([])
  }
  printFigures('replica stopped under load', seed, { stops, ...figuresOf(await checkInvariants(cluster, visits)) })
})

it('a request that was still being sent when the port closed gets a normal response', async () => {
  await using cluster = await startTestCluster({ replicas: 1 })
  const server = onlyServer(cluster)
  const { hostname, port, host } = new URL(`${server.url}`)
  const body = JSON.stringify({ email: 'ann@chaos.example', visitorId: 'Ann' })
  const socket = connect({ host: hostname, port: Number(port) })
  onTestFinished(() => void socket.destroy())
  const answer = text(socket)
  socket.write(`POST /api/users/orchestrate-registration HTTP/1.1\r\nhost: ${host}\r\n`)
  const stopped = server.end('SIGTERM')
  await pollReadiness(server.url)
  socket.write(`content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  const [head, json] = (await answer).split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1.1 200 OK\r\n/)
  expect(JSON.parse(`${json}`)).toMatchObject({ success: true, replayed: false })
  expect(await stopped).toEqual({ code: 0, signal: null })
})

it('a stopping server finishes a registration whose caller has already got PENDING', async () => {
  await using partner = await startHeldPartner()
  await using cluster = await startTestCluster({ replicas: 1, partner, env: { REQUEST_DEADLINE_MS: '500' } })
  const server = onlyServer(cluster)
  // On a busy machine the deadline may come before the registration is created; PENDING shows that it was.
  for (let visitor = 1, code = ''; code !== 'PENDING'; visitor++) {
    const request = { email: `visitor-${visitor}@chaos.example`, visitorId: 'v' }
    code = (await sendRequest(server.url, 'rest', request, new AbortController().signal)).code
  }
  await partner.until(({ calls }) => calls.length > 0)
  const stopped = server.end('SIGTERM')
  expect((await pollReadiness(server.url)).at(-1)).toBe('gone')
  partner.release()
  expect(await stopped).toEqual({ code: 0, signal: null })
  const { rows } = await checkInvariants(cluster, [])
  expect(rows.map(({ status }) => status)).toEqual(rows.map(() => 'succeeded'))
  expect(rows).not.toEqual([])
})
