import { runCli } from '../../src/cli/run-cli.ts'

/** What a command printed and how it ended. */
export interface CommandRun {
  exitCode: number
  out: string
  err: string
}

/** Runs one command in this process, on this environment. @param answer what somebody types when asked, if anybody does */
export async function runCommand(env: Record<string, string>, args: string[], answer?: string): Promise<CommandRun> {
  const run = { out: '', err: '' }
  const exitCode = await runCli(args, env, {
    out: (text) => {
      run.out += text
    },
    err: (text) => {
      run.err += text
    },
    ask: answer === undefined ? undefined : async () => answer,
    showBar: undefined,
  })
  return { exitCode, ...run }
}
