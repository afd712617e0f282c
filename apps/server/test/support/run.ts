import { execFile } from 'node:child_process'

/** Runs a program and returns its output. Rejects with its output if it fails. */
export function run(program: string, args: string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // Without pnpm's NODE_PATH, where a packed package would find modules that it does not depend on.
    const { NODE_PATH: _, ...env } = process.env
    execFile(program, args, { cwd, env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`))
      else resolve(stdout)
    })
  })
}
