import { useSessionStorage } from '@mantine/hooks'
import { QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useMemo, useState } from 'react'
import { createClient } from '../api/create-client.ts'
import { createQueries } from '../api/create-queries.ts'
import { SignInPage, type SignInProblem } from '../sign-in/sign-in-page.tsx'
import { SessionContext } from './session.ts'

const STORED_AS = 'console.key'

/**
 * Asks for a key before it renders its children. The key stays in this tab: a reload keeps it, closing the tab forgets
 * it, and no other tab or disk gets it. Signing out also drops all data read with it.
 */
export function SessionGate({ children }: { children: ReactNode }) {
  const [key, setKey, forgetKey] = useSessionStorage<string | null>({
    key: STORED_AS,
    defaultValue: null,
    getInitialValueInEffect: false,
  })
  const [problem, setProblem] = useState<SignInProblem>()
  const parts = useMemo(() => {
    if (key === null) return undefined
    const end = (reason?: SignInProblem) => {
      setProblem(reason)
      forgetKey()
    }
    return {
      queries: createQueries(() => end('no-longer-known')),
      session: { operator: createClient(key), signOut: () => end() },
    }
  }, [key, forgetKey])

  if (parts === undefined) return <SignInPage problem={problem} onSignedIn={setKey} />
  return (
    <QueryClientProvider client={parts.queries}>
      <SessionContext value={parts.session}>{children}</SessionContext>
    </QueryClientProvider>
  )
}
