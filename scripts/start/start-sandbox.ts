import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type Child, startChild } from './start-child.ts'

/** The partner that is a sandbox, in a process of its own. It plays the code verification, too. */
export async function startSandbox(
  parts: AsyncDisposableStack,
  { env, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<Child & { url: string }> {
  const sandbox = parts.use(
    startChild('partner sandbox', 'packages/partner-sandbox/src/main.ts', {
      // The address in the environment is the server's; this one is free.
      env: { ...env, HOST: '127.0.0.1', PORT: '0', VERIFICATION_SECRET: randomBytes(32).toString('base64url') },
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
  const [line] = await Promise.race([once(sandbox.stdout, 'data', { signal }), sandbox.failure])
  return { ...sandbox, url: (JSON.parse(line) as { url: string }).url }
}
