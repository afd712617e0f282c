import { startBalancingProxy } from './balancing-proxy.ts'
import { hasHaproxy, startHaproxy } from './haproxy-process.ts'

/** One address for several replicas. */
export interface LoadBalancer extends AsyncDisposable {
  /** The implementation. */
  kind: 'HAProxy' | 'a small proxy'
  url: string
}

/**
 * Starts HAProxy with the project's configuration, or a small proxy that does the same if HAProxy is not installed.
 *
 * @param ports of the replicas, including those that don't run yet
 */
export function startLoadBalancer(ports: readonly number[]): Promise<LoadBalancer> {
  return hasHaproxy() ? startHaproxy(ports) : startBalancingProxy(ports)
}
