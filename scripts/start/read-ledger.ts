/** As much of the sandbox's ledger as is shown. */
interface Ledger {
  accounts: { email: string; login: string | number; createdAt: number }[]
  calls: { email: string }[]
}

/** The partner sandbox's own record of an e-mail: its account, the number of accounts, and the number of calls. */
export async function readLedger(sandboxUrl: string, email: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${sandboxUrl}/sandbox/ledger`)
  const { accounts, calls } = (await answer.json()) as Ledger
  const account = accounts.find((candidate) => candidate.email === email)
  return {
    login: account?.login,
    opened: account && new Date(account.createdAt),
    accounts: accounts.filter((candidate) => candidate.email === email).length,
    calls: calls.filter((call) => call.email === email).length,
  }
}
