import type { TrafficParams } from '@registration/shared'
import { queryEntries, readTrafficParams } from './traffic-params.ts'

/**
 * The names that describe traffic: the page's own, sub-ids, campaigns, and the click ids of advertising networks (`gclid`,
 * `fbclid`, `msclkid`, `yclid`, `ttclid`, `clickid` and their like).
 */
const TRAFFIC =
  /^(tag|pb|custom_login_link|sub[\w.-]*|utm_[\w.-]+|\w*cl(ick)?k?_?id|[gw]braid|gad_source|li_fat_id|sccid|epik|cjevent|dicbo|tblci|rdt_cid)$/i

/**
 * What the page's address says about where the visitor came from: `tag`, `pb`, `click_id`, sub-ids, `utm_*` and known click
 * ids; `r` becomes `custom_login_link` behind a slash. Parameters that are absent or empty are left out. Never throws.
 */
export function trafficParamsFromUrl(url: string | URL = globalThis.location?.href ?? ''): TrafficParams {
  const query = String(url)
  return readTrafficParams(query.includes('?') ? queryEntries(query).filter(([name]) => TRAFFIC.test(name)) : [])
}
