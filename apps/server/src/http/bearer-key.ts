const BEARER = /^Bearer +(\S+)$/i

/** The key of an `Authorization` header; empty where it has none. */
export function bearerKey(authorization: string | undefined): string {
  return BEARER.exec(authorization ?? '')?.[1] ?? ''
}
