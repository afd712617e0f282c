import { startBalancingProxy } from './balancing-proxy.ts'
import { hasHaproxy, startHaproxy } from './haproxy-process.ts'

/** The one address of several replicas. */
export interface LoadBalancer extends AsyncDisposable {
  /** What does it. */
  kind: 'HAProxy' | 'a small proxy'
  url: string
}

/**
 * HAProxy with the project's own configuration, where this machine has one; else a small proxy that does the same.
 *
 * @param ports the replicas', those included that don't run yet
 */
export function startLoadBalancer(ports: readonly number[]): Promise<LoadBalancer> {
  return hasHaproxy() ? startHaproxy(ports) : startBalancingProxy(ports)
}
