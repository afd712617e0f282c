import ipaddr from 'ipaddr.js'

/**
 * What one client has at its command: its address, or the /64 of IPv6. Undefined for an address that is nobody's on the internet, such
 * as that of a load balancer which `TRUSTED_PROXIES` doesn't name.
 */
export function clientNetwork(address: string | null): string | undefined {
  if (address === null || !ipaddr.isValid(address)) return undefined
  const ip = ipaddr.process(address)
  if (OWN_RANGES.has(ip.range())) return undefined
  return ip.kind() === 'ipv4' ? ip.toString() : (ip as ipaddr.IPv6).parts.slice(0, 4).join(':')
}

const OWN_RANGES: ReadonlySet<string> = new Set([
  ...['unspecified', 'loopback', 'private', 'linkLocal', 'uniqueLocal', 'carrierGradeNat'],
])
