import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { startBalancingProxy } from './balancing-proxy.ts'
import { startHaproxy } from './haproxy-process.ts'

/** The one address of several replicas. */
export interface LoadBalancer extends AsyncDisposable {
  /** What does it. */
  kind: 'HAProxy' | 'stand-in'
  url: string
}

const CONFIGURATION = new URL('../../../../../ops/haproxy.cfg', import.meta.url)

/**
 * HAProxy with the project's own configuration, where this machine has one; else a stand-in that keeps the same rules.
 *
 * @param ports the replicas', those included that don't run yet
 */
export function startLoadBalancer(ports: readonly number[]): Promise<LoadBalancer> {
  const configuration = readFileSync(CONFIGURATION, 'utf8')
  const hasHaproxy = spawnSync('haproxy', ['-v']).status === 0
  return (hasHaproxy ? startHaproxy : startBalancingProxy)(configuration, ports)
}
