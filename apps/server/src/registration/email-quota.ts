/** How often one e-mail may begin a registration. */
export interface EmailQuota {
  /** @returns how long to wait where nothing is left, in milliseconds */
  take(email: string): { retryAfterMs: number } | undefined
  /** Gives back what was taken for a key that turned out to be known: replaying costs nothing. */
  giveBack(email: string): void
}
