import { createContext, useContext } from 'react'
import type { OperatorClient } from '../api/create-client.ts'

/** The session: a client that uses the operator's key. */
export interface Session {
  operator: OperatorClient
  signOut(): void
}

export const SessionContext = createContext<Session | null>(null)

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === null) throw new Error('useSession() works below SessionGate only: wrap the page in it.')
  return session
}
