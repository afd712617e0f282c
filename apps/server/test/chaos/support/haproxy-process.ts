import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { childEnvironment, eventually } from '@registration/test-harness'
import { freePort } from '../../support/free-port.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { killOnExit } from './kill-on-exit.ts'
import type { LoadBalancer } from './load-balancer.ts'

const PUBLISHED = new URL('../../../../../ops/haproxy.cfg', import.meta.url)
/** Debian installs it in /usr/sbin, which is not on the path of ordinary users. */
const ENV = { ...childEnvironment(), PATH: `${process.env['PATH']}:/usr/sbin` }

export function hasHaproxy(): boolean {
  return spawnSync('haproxy', ['-v'], { env: ENV }).status === 0
}

/** Starts HAProxy with `ops/haproxy.cfg`, with these ports in place of its servers. */
export async function startHaproxy(ports: readonly number[]): Promise<LoadBalancer> {
  const configuration = readFileSync(PUBLISHED, 'utf8')
  await using started = new AsyncDisposableStack()
  const port = await freePort()
  const [own, servers] = [/^ {2}bind .*$/m, /(?:^ {2}server .*\n)+/m]
  if (!own.test(configuration) || !servers.test(configuration))
    throw new Error('ops/haproxy.cfg has another layout than this test expects.')
  const file = join(started.use(temporaryFolder()).path, 'haproxy.cfg')
  const lines = ports.map((replica, index) => `  server server-${index + 1} 127.0.0.1:${replica}\n`)
  const adapted = configuration.replace(own, `  bind 127.0.0.1:${port}`).replace(servers, lines.join(''))
  // Each connection takes two file descriptors, and a user may open few.
  writeFileSync(file, adapted.replace(/^ {2}maxconn .*$/m, '  maxconn 400'))

  const child = spawn('haproxy', ['-db', '-f', file], { env: ENV, stdio: ['ignore', 'ignore', 'pipe'] })
  killOnExit(child)
  let errorOutput = ''
  child.stderr.on('data', (chunk) => {
    errorOutput += chunk
  })
  const exited = once(child, 'exit')
  started.defer(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const url = `http://127.0.0.1:${port}`
  const isReady = async () => {
    if (child.exitCode !== null) throw new Error(`HAProxy ended with ${child.exitCode}:\n${errorOutput}`)
    if (!(await fetch(`${url}/readyz`)).ok) throw new Error(`HAProxy finds no replica ready:\n${errorOutput}`)
  }
  await eventually(isReady)
  const running = started.move()
  return { kind: 'HAProxy', url, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
