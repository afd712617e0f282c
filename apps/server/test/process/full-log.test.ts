import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { childEnvironment, eventually } from '@registration/test-harness'
import { expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { migratedDatabase } from '../support/migrated-database.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const MAIN = join(import.meta.dirname, '../../dist/main.js')
const METRICS_KEY = '0123456789abcdef'

it('goes on although the disk under its log is full, and counts the lines that are missing', async () => {
  using folder = temporaryFolder()
  const port = await freePort()
  const env = {
    ...childEnvironment(),
    DATABASE_URL: await migratedDatabase(),
    DATA_DIR: folder.path,
    PARTNER_URL: 'http://127.0.0.1:9',
    PORT: `${port}`,
    OPERATOR_API_KEYS: `ann:${METRICS_KEY}`,
  }
  const full = openSync('/dev/full', 'w')
  const server = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', full, 'ignore'] })
  const ended = new Promise((resolve) => server.once('exit', resolve))
  try {
    const url = `http://127.0.0.1:${port}`
    const alive = async () => expect((await fetch(`${url}/livez`)).status).toBe(200)
    await eventually(alive)
    // Each refusal is a line of the log.
    await fetch(`${url}/api/users/orchestrate-registration`, { method: 'POST', body: '{' })
    const headers = { authorization: `Bearer ${METRICS_KEY}` }
    await eventually(async () => {
      const metrics = await (await fetch(`${url}/metrics`, { headers })).text()
      expect(metrics).toMatch(/^registration_log_lines_dropped_total [1-9]/m)
    })
    await alive()
  } finally {
    server.kill('SIGTERM')
    await ended
  }
})
