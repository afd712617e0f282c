import type * as api from '@registration/sdk'

declare global {
  /** What the script-tag file gives to a page. */
  var Registration: typeof api
}
