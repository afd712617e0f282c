import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { MisbehaviourName, MisbehaviourOptions, PartnerAccount, PartnerCall } from '@registration/partner-sandbox'
import { childEnvironment, eventually } from '@registration/test-harness'

/** A snapshot of the partner's ledger. */
export interface LedgerCopy {
  accounts: PartnerAccount[]
  calls: PartnerCall[]
}

/** The partner sandbox in its own process, which ends with this one. */
export interface PartnerProcess extends AsyncDisposable {
  url: string
  /** As `PartnerSandbox.misbehave`. */
  misbehave(email: string, misbehaviour: MisbehaviourName, options?: MisbehaviourOptions): Promise<void>
  ledger(): Promise<LedgerCopy>
  /** Resolves with the ledger as soon as the condition holds. */
  until(condition: (ledger: LedgerCopy) => boolean): Promise<LedgerCopy>
}

// The package exports its handlers; the main file is beside them.
const MAIN = join(dirname(createRequire(import.meta.url).resolve('@registration/partner-sandbox')), 'main.ts')
const LOOK_EVERY_MS = 20

export async function startPartnerProcess(): Promise<PartnerProcess> {
  const env = { ...childEnvironment(), PORT: '0' }
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const ended = exited.then(([code]) => Promise.reject(new Error(`The partner sandbox ended with ${code}.`)))
  const [line] = await Promise.race([once(child.stdout, 'data') as Promise<[Buffer]>, ended])
  ended.catch(() => undefined)
  const { url } = JSON.parse(`${line}`) as { url: string }

  const ledger = async () => (await (await fetch(`${url}/sandbox/ledger`)).json()) as LedgerCopy
  return {
    url,
    ledger,
    async misbehave(email, misbehaviour, options = {}) {
      const body = JSON.stringify({ email, misbehaviour, ...options })
      const { ok, status } = await fetch(`${url}/sandbox/misbehave`, { method: 'POST', body })
      if (!ok) throw new Error(`The sandbox refused ${body} with ${status}.`)
    },
    until: (condition) =>
      eventually(
        async () => {
          const copy = await ledger()
          if (!condition(copy))
            throw new Error(
              `The condition on the ledger does not hold. The last calls: ${JSON.stringify(copy.calls.slice(-5))}`,
            )
          return copy
        },
        { everyMs: LOOK_EVERY_MS },
      ),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
