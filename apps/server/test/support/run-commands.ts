import { runCli } from '../../src/cli/run-cli.ts'

/** The output and the exit code of a command. */
export interface CommandRun {
  exitCode: number
  out: string
  err: string
}

/** Runs one command in this process. @param answer the answer to its confirmation; undefined without a terminal */
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
