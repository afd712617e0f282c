import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** What Linux says of a process in `/proc/PID/stat`. */
export interface ProcStat {
  parent: number
  /** Processor time so far, in milliseconds. */
  cpuMs: number
  /** Of children that have ended, in milliseconds. */
  childrenCpuMs: number
}

/** The clock ticks of `/proc` are hundredths of a second wherever Node runs. */
const MS_PER_TICK = 10

export function procStat(pid: number): ProcStat {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The program's name, in brackets, may hold anything; the fourth field follows after the state.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  return {
    parent: field(4),
    cpuMs: (field(14) + field(15)) * MS_PER_TICK,
    childrenCpuMs: (field(16) + field(17)) * MS_PER_TICK,
  }
}

/** The processor time of a process, of its living children and of those it has seen the end of, in milliseconds. */
export function familyCpuMs(pid: number): number {
  const { cpuMs, childrenCpuMs } = procStat(pid)
  return cpuMs + childrenCpuMs + childrenOf(pid).reduce((sum, child) => sum + child.cpuMs, 0)
}

function childrenOf(parent: number): ProcStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statIfAlive(Number(name)))
    .filter((stat) => stat.parent === parent)
}

/** None where it ended since it was listed. */
function statIfAlive(pid: number): ProcStat[] {
  try {
    return [procStat(pid)]
  } catch {
    return []
  }
}

/** The memory of a process that is in the machine's memory now, in KiB. */
export function residentKiB(pid: number): number {
  return statusKiB(pid, 'VmRSS')
}

/** The most of it that there was since `forgetPeak`, in KiB. */
export function peakKiB(pid: number): number {
  return statusKiB(pid, 'VmHWM')
}

/** Resets the peak. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

function statusKiB(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
}
