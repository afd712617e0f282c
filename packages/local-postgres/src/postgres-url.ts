/** The URL of the superuser's own database on a local server. The password must be safe in a URL. */
export function postgresUrl(port: number, password: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
}
