import { createHash } from 'node:crypto'

/** What a page's `integrity` attribute says of this file. */
export function subresourceIntegrity(file: Uint8Array): string {
  return `sha384-${createHash('sha384').update(file).digest('base64')}`
}
