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

/** What a load balancer hears at `/readyz` until nobody is there, without repetitions. */
async function listenToReadiness(
  url: string | undefined,
  heard: (word: string) => void = () => undefined,
): Promise<string[]> {
  const words: string[] = []
  while (words.at(-1) !== 'nobody') {
    const word = await fetch(`${url}/readyz`).then(
      ({ status }) => `${status}`,
      () => 'nobody',
    )
    if (words.at(-1) !== word) {
      words.push(word)
      heard(word)
    }
    await pause(LOOK_EVERY_MS)
  }
  return words
}

it('stops in order under load: unready first, everybody let in is answered, nothing is left open', async () => {
  await using partner = await startHeldPartner()
  await using cluster = await startTestCluster({ replicas: 1, partner })
  const server = onlyServer(cluster)
  const visits: Visit[] = []
  const until = performance.now() + loadMs({ quickMs: 0, share: 0.05 })
  let stops = 0
  let heardUnready = false
  // Between unready and gone is half a second, in which a busy machine may not come to ask.
  for (; stops === 0 || !heardUnready || performance.now() < until; stops++) {
    if (stops > 0) await server.start()
    partner.release()
    let ready = true
    const page = { targets: [server], seed, atOnce: AT_ONCE, patienceMs: 0 }
    const late: Promise<Visit[]>[] = []
    const readiness = listenToReadiness(server.url, (word) => {
      ready = word === '200'
      if (word === '503')
        late.push(sendVisitors({ ...page, name: `late-${stops}`, shouldContinue: (begun) => begun < AT_ONCE }))
    })
    const load = sendVisitors({ ...page, name: `visitor-${stops}`, shouldContinue: () => ready })
    const { calls: before } = await partner.ledger()
    const { calls: flowing } = await partner.until(({ calls }) => calls.length >= before.length + 2 * AT_ONCE)
    partner.hold()
    await partner.until(({ calls }) => calls.length > flowing.length)
    const stopped = server.end('SIGTERM')
    const words = await readiness
    heardUnready ||= words.includes('503')
    expect(words.filter((word) => word !== '503')).toEqual(['200', 'nobody'])
    // Nobody can come any more, and those who were let in still wait for the partner.
    partner.release()
    expect(await stopped).toEqual({ code: 0, signal: null })
    visits.push(...(await load), ...(await Promise.all(late)).flat())

    // Nobody else is there who could have cleared up after it.
    const evidence = await checkInvariants(cluster, visits)
    const begun = new Set(evidence.rows.map(({ email }) => email))
    const unanswered = visits.filter(({ last }) => last.code === 'NETWORK')
    expect(unanswered.filter(({ email }) => begun.has(email))).toEqual([])
  }
  printFigures('replica stopped under load', seed, { stops, ...figuresOf(await checkInvariants(cluster, visits)) })
})

it('answers by the contract who was still sending when the port closed', async () => {
  await using cluster = await startTestCluster({ replicas: 1 })
  const server = onlyServer(cluster)
  const { hostname, port, host } = new URL(`${server.url}`)
  const body = JSON.stringify({ email: 'ann@chaos.example', visitorId: 'Ann' })
  const socket = connect({ host: hostname, port: Number(port) })
  onTestFinished(() => void socket.destroy())
  const answer = text(socket)
  socket.write(`POST /api/users/orchestrate-registration HTTP/1.1\r\nhost: ${host}\r\n`)
  const stopped = server.end('SIGTERM')
  await listenToReadiness(server.url)
  socket.write(`content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  const [head, json] = (await answer).split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1.1 200 OK\r\n/)
  expect(JSON.parse(`${json}`)).toMatchObject({ success: true, replayed: false })
  expect(await stopped).toEqual({ code: 0, signal: null })
})

it('finishes what its caller no longer waits for before it ends', async () => {
  await using partner = await startHeldPartner()
  await using cluster = await startTestCluster({ replicas: 1, partner, env: { REQUEST_DEADLINE_MS: '500' } })
  const server = onlyServer(cluster)
  // On a busy machine the deadline may come before the registration has begun: PENDING tells that it has.
  for (let visitor = 1, code = ''; code !== 'PENDING'; visitor++) {
    const request = { email: `visitor-${visitor}@chaos.example`, visitorId: 'v' }
    code = (await sendRequest(server.url, 'rest', request, new AbortController().signal)).code
  }
  await partner.until(({ calls }) => calls.length > 0)
  const stopped = server.end('SIGTERM')
  expect((await listenToReadiness(server.url)).at(-1)).toBe('nobody')
  partner.release()
  expect(await stopped).toEqual({ code: 0, signal: null })
  const { rows } = await checkInvariants(cluster, [])
  expect(rows.map(({ status }) => status)).toEqual(rows.map(() => 'succeeded'))
  expect(rows).not.toEqual([])
})
