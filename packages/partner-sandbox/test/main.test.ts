import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { register } from './support/register.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const env = { ...process.env, PORT: '0', VERIFICATION_SECRET: 'secret' }

async function firstLine(child: ChildProcess): Promise<{ url: string }> {
  const [line] = await once(child.stdout ?? child, 'data')
  return JSON.parse(`${line}`)
}

it.each(['SIGTERM', 'SIGINT'] as const)(
  'prints its address as a line of JSON, serves, and ends on %s',
  async (signal) => {
    const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    const { url } = await firstLine(child)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await register(url, 'ann@example.com')).status).toBe(200)
    child.kill(signal)
    expect(await ended).toEqual([0, null])
  },
)

it('ends when the process that started it is gone', async () => {
  const shell = spawn('sh', ['-c', `"${process.execPath}" "${main}" & wait`], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { url } = await firstLine(shell)
  expect((await register(url, 'ann@example.com')).status).toBe(200)
  // Standard output closes when the last process that holds it has ended.
  const closed = once(shell.stdout, 'close')
  shell.kill('SIGKILL')
  await closed
  await expect(register(url, 'bob@example.com')).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
})
