import {
  isRegistrationError,
  orchestrateRegistration,
  type RegistrationError,
  type RegistrationOptions,
  type RegistrationProgress,
  resume,
  trafficParamsFromUrl,
} from '@registration/sdk'
import { useCallback, useEffect, useRef, useState } from 'react'

/** A registration in a React component: copy this file. */
export interface UseRegistration {
  /** Registers the visitor; where it succeeds, `onLink` is called with the deposit link. Calling it again is always safe. */
  register(visitor: { email: string; name?: string; visitorId?: string }): Promise<void>
  progress: RegistrationProgress | undefined
  /** Whether the visitor has to wait. */
  isBusy: boolean
  error: RegistrationError | undefined
}

/**
 * Also picks up a registration that was under way when the page was left. Where the component goes away, only the waiting ends:
 * the registration goes on.
 */
export function useRegistration(
  onLink: (depositUrl: string) => void,
  options: RegistrationOptions = {},
): UseRegistration {
  const [progress, setProgress] = useState<RegistrationProgress>()
  const [error, setError] = useState<RegistrationError>()
  const latest = useRef({ onLink, options })
  latest.current = { onLink, options }
  const leaving = useRef<AbortController>(undefined)

  const follow = useCallback(
    async (begin: (following: RegistrationOptions) => Promise<{ depositUrl: string } | null>) => {
      leaving.current?.abort()
      leaving.current = new AbortController()
      const { signal } = leaving.current
      setError(undefined)
      try {
        const onStatus = (now: RegistrationProgress) => signal.aborted || setProgress(now)
        const registration = await begin({ ...latest.current.options, signal, onStatus })
        if (registration && !signal.aborted) latest.current.onLink(registration.depositUrl)
      } catch (caught) {
        if (!isRegistrationError(caught)) throw caught
        if (!signal.aborted) setError(caught)
      }
    },
    [],
  )

  useEffect(() => {
    follow(resume)
    return () => leaving.current?.abort()
  }, [follow])

  const register = useCallback<UseRegistration['register']>(
    ({ email, name, visitorId }) =>
      follow((following) => orchestrateRegistration(email, name, trafficParamsFromUrl(), visitorId, following)),
    [follow],
  )

  return { register, progress, isBusy: progress !== undefined && progress !== 'done', error }
}
