import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProcessName } from './find-process-name.ts'

/** The main process of a PostgreSQL server that is alive. */
export interface RunningPostmaster {
  pid: number
  port: number
  /** `starting`, `ready` or `stopping`. */
  status: string
  /** The process that started it; `undefined` where it was none of ours. */
  startedBy: number | undefined
}

/** Looks for a living server on a cluster, whoever started it. A lock file that outlived its server is not believed. */
export function findPostmaster(cluster: string): RunningPostmaster | undefined {
  // Its lines: process, folder, start time, port, socket folder, address, shared memory, status.
  const [pid, , , port, , , , status] = readIfThere(join(cluster, 'postmaster.pid')).split('\n')
  if (findProcessName(Number(pid)) !== 'postgres') return undefined
  const startedBy = /registration\.started_by=(\d+)/.exec(readIfThere(join(cluster, 'postmaster.opts')))?.[1]
  return {
    pid: Number(pid),
    port: Number(port),
    status: status?.trim() || 'starting',
    startedBy: startedBy === undefined ? undefined : Number(startedBy),
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
