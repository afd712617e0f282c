import { execFile } from 'node:child_process'

/** Runs a program to its end; what it printed, or an error that shows what it printed. */
export function run(program: string, args: string[], { cwd }: { cwd: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    // pnpm puts its own folders on NODE_PATH, where a packed module would find what it must do without.
    const { NODE_PATH: _, ...env } = process.env
    execFile(program, args, { cwd, env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`))
      else resolve(stdout)
    })
  })
}
