import type { MisbehaviourName } from './misbehaviours.ts'

/** An account that the partner really has. */
export interface PartnerAccount {
  /** As the call that opened it gave it, trimmed. */
  email: string
  login: string | number
  password: string
  /** Epoch milliseconds. */
  createdAt: number
  /** The call that opened it. */
  callId: number
}

/** One register call that reached the partner. */
export interface PartnerCall {
  /** Counts from 1, in the order of arrival. */
  id: number
  /** As sent, trimmed; empty where the body had none. */
  email: string
  /** By lower-cased name. */
  headers: Record<string, string>
  /** The parsed JSON, or the text as it came where it was none. */
  body: unknown
  misbehaviour: MisbehaviourName | null
  /** Epoch milliseconds with fractions, on a clock that never goes back. */
  startedAt: number
  /** When the answer was handed over or the connection was gone; `null` while the call is under way. */
  endedAt: number | null
  /** The answer's HTTP status; `null` before it is known, and for calls that end without one. */
  status: number | null
}

/** What the partner remembers: the truth that tests assert on. */
export interface Ledger {
  readonly accounts: readonly PartnerAccount[]
  readonly calls: readonly PartnerCall[]
  /** The accounts of one e-mail, ignoring case: more than one means that somebody was registered twice. */
  accountsOf(email: string): PartnerAccount[]
  /** The calls for one e-mail, ignoring case, in the order of arrival. */
  callsOf(email: string): PartnerCall[]
  /** Every pair of calls for one e-mail that were under way at the same time. */
  overlappingCalls(): [PartnerCall, PartnerCall][]
  /**
   * Resolves as soon as the condition holds; it is looked at again whenever a call comes, a call ends or an account
   * is opened. Rejects with the signal's reason when that comes first.
   */
  until(condition: (ledger: Ledger) => boolean, options?: { signal?: AbortSignal }): Promise<void>
  /** Forgets everything. */
  clear(): void
}

/** The side of the ledger that only the handlers see. */
export interface LedgerWriter extends Ledger {
  begin(call: Pick<PartnerCall, 'email' | 'headers' | 'body' | 'misbehaviour' | 'startedAt'>): PartnerCall
  /** Without a status: the connection was gone. */
  end(call: PartnerCall): void
  openAccount(email: string, callId: number): PartnerAccount
}

/** Two spellings of one e-mail are one customer to the partner. */
export function sameEmailKey(email: string): string {
  return email.trim().toLowerCase()
}

/** Epoch milliseconds from the monotonic clock: a step of the system's clock can't reorder calls. */
export function instant(): number {
  return performance.timeOrigin + performance.now()
}

export function createLedger(): LedgerWriter {
  let accounts: PartnerAccount[] = []
  let calls: PartnerCall[] = []
  const accountsByEmail = new Map<string, PartnerAccount[]>()
  const callsByEmail = new Map<string, PartnerCall[]>()
  const waiters = new Set<() => void>()

  const changed = () => {
    for (const look of waiters) look()
  }

  const ledger: LedgerWriter = {
    get accounts() {
      return accounts
    },
    get calls() {
      return calls
    },
    accountsOf: (email) => accountsByEmail.get(sameEmailKey(email)) ?? [],
    callsOf: (email) => callsByEmail.get(sameEmailKey(email)) ?? [],
    overlappingCalls: () =>
      [...callsByEmail].flatMap(([email, ofEmail]) => (email === '' ? [] : overlappingPairs(ofEmail))),
    until: (condition, { signal } = {}) =>
      new Promise((resolve, reject) => {
        const stop = () => {
          waiters.delete(look)
          signal?.removeEventListener('abort', giveUp)
        }
        const look = () => {
          if (!condition(ledger)) return
          stop()
          resolve()
        }
        const giveUp = () => {
          stop()
          reject(signal?.reason)
        }
        if (signal?.aborted) return giveUp()
        signal?.addEventListener('abort', giveUp)
        waiters.add(look)
        look()
      }),
    clear() {
      accounts = []
      calls = []
      accountsByEmail.clear()
      callsByEmail.clear()
    },
    begin(arrived) {
      const call: PartnerCall = { ...arrived, id: calls.length + 1, endedAt: null, status: null }
      calls.push(call)
      append(callsByEmail, call)
      changed()
      return call
    },
    end(call) {
      call.endedAt = instant()
      changed()
    },
    openAccount(email, callId) {
      const number = accounts.length + 1
      const account: PartnerAccount = {
        email,
        // The partner's own logins are sometimes numbers in its JSON.
        login: number % 2 === 0 ? 100_000 + number : `user${100_000 + number}`,
        password: `pass-${number}`,
        createdAt: instant(),
        callId,
      }
      accounts.push(account)
      append(accountsByEmail, account)
      changed()
      return account
    },
  }
  return ledger
}

function append<Entry extends { email: string }>(byEmail: Map<string, Entry[]>, entry: Entry): void {
  const key = sameEmailKey(entry.email)
  const entries = byEmail.get(key)
  if (entries) entries.push(entry)
  else byEmail.set(key, [entry])
}

/** Calls come ordered by their start. */
function overlappingPairs(calls: PartnerCall[]): [PartnerCall, PartnerCall][] {
  return calls.flatMap((earlier, index) =>
    calls
      .slice(index + 1)
      .filter((later) => earlier.endedAt === null || later.startedAt < earlier.endedAt)
      .map((later): [PartnerCall, PartnerCall] => [earlier, later]),
  )
}
