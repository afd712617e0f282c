import type { TrafficParams } from '@registration/shared'
import { withoutBlanks } from './without-blanks.ts'

/**
 * What the page's address says about where the visitor came from: `tag`, `pb`, `click_id`, and `r`, which becomes
 * `custom_login_link` behind a slash. Parameters that are absent or empty are left out.
 */
export function trafficParamsFromUrl(url: string | URL = globalThis.location?.href ?? ''): TrafficParams {
  const params = new URL(url, 'https://page.invalid').searchParams
  const r = params.get('r')
  return withoutBlanks({
    tag: params.get('tag'),
    pb: params.get('pb'),
    click_id: params.get('click_id'),
    custom_login_link: r && `/${r}`,
  }) as TrafficParams
}
