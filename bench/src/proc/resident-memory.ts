import { readFileSync, writeFileSync } from 'node:fs'

/** The memory of a process that is in the machine's memory now, in KiB. */
export function residentKiB(pid: number): number {
  return statusKiB(pid, 'VmRSS')
}

/** The most of it that there was since `forgetPeak`, in KiB. */
export function peakKiB(pid: number): number {
  return statusKiB(pid, 'VmHWM')
}

/** Lets the peak begin anew. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

function statusKiB(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
}
