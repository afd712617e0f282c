import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { MARK } from './run-mark.ts'

/** A living process of this machine. */
export interface ProcessEntry {
  pid: number
  parent: number
  /** Its command line. */
  command: string
  /** The value of MARK in its environment, where that can be read. */
  mark: string | undefined
}

/** Every process that this one may look at. Zombies are not living: they wait for a parent to collect them. */
export function listProcesses(): ProcessEntry[] {
  return process.platform === 'linux' ? readProc() : askPs()
}

// Small Linux images come without ps.
function readProc(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readEntry(Number(name)) ?? [])
}

function readEntry(pid: number): ProcessEntry | undefined {
  try {
    const [, state = '', parent = ''] = /^.*\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    if (state === 'Z' || state === 'X') return undefined
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return { pid, parent: Number(parent), command, mark: readMark(pid) }
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}

function readMark(pid: number): string | undefined {
  try {
    return markIn(readFileSync(`/proc/${pid}/environ`, 'utf8'), '\0')
  } catch {
    // It is another user's.
    return undefined
  }
}

/** macOS shows the environment of one's own processes behind their arguments. */
function askPs(): ProcessEntry[] {
  const rows = execFileSync('ps', ['-Eww', '-axo', 'pid=,ppid=,stat=,command='], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  }).split('\n')
  return rows.flatMap((row) => {
    const [, pid = '', parent = '', state = 'Z', command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(row) ?? []
    if (state.startsWith('Z')) return []
    return {
      pid: Number(pid),
      parent: Number(parent),
      command: command.split(` ${MARK}=`)[0] ?? '',
      mark: markIn(command, ' '),
    }
  })
}

function markIn(environment: string, separator: string): string | undefined {
  return environment
    .split(separator)
    .find((variable) => variable.startsWith(`${MARK}=`))
    ?.slice(MARK.length + 1)
}

/** The children of a process, their children, and so on. */
export function descendantsOf(pid: number, processes: readonly ProcessEntry[]): ProcessEntry[] {
  const children = processes.filter(({ parent }) => parent === pid)
  return children.flatMap((child) => [child, ...descendantsOf(child.pid, processes)])
}

/** Ends a process by the one signal that it can't refuse. It may have ended already. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
