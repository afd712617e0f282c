import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

/**
 * The name of a living process's program; `undefined` where there is none with this number. A zombie is not living:
 * a container whose first process collects no orphans keeps them for ever.
 */
export function findProcessName(pid: number): string | undefined {
  const found = process.platform === 'linux' ? readProc(pid) : askPs(pid)
  return found && !found.state.startsWith('Z') ? basename(found.name) : undefined
}

// Small Linux images come without ps.
function readProc(pid: number) {
  try {
    const [, name = '', state = ''] = /\((.*)\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return { name, state }
  } catch {
    return undefined
  }
}

function askPs(pid: number) {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,comm=', '-p', String(pid)], { encoding: 'utf8' })
  const [, state, name] = /^(\S+)\s+(.*?)\s*$/.exec(stdout) ?? []
  return name && state ? { name, state } : undefined
}
