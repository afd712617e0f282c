/** Lets a server of the benchmark's own start listening. */
export interface PlainCommand {
  databaseUrl: string
  partnerUrl: string
}

/** What a visitor's page sends, as far as such a server reads it. */
export interface PlainBody {
  email: string
  name: string
  visitorId: string
  idempotencyKey: string
  siteUrl: string
  source?: string
  trafficParams: Record<string, string>
  browserData: object
}

/** The server's default pool size. */
export const DATABASE_CONNECTIONS = 10
