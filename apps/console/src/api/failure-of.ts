import { TRPCClientError } from '@trpc/client'

/** A failed call, as far as the page distinguishes it. */
export interface Failure {
  kind: 'forbidden' | 'not-found' | 'refused' | 'server' | 'network'
  /** The server's own sentence; undefined without an answer. */
  sentence: string | undefined
  /** The id of the request in the server's log. */
  requestId: string | undefined
  /** Whether the same call may succeed later. */
  mayPass: boolean
}

interface Told {
  httpStatus?: number
  registration?: { error?: string; requestId?: string }
}

/** Converts an error of the operator client. */
export function failureOf(error: unknown): Failure {
  const told = error instanceof TRPCClientError ? (error.data as Told | undefined | null) : undefined
  const status = told?.httpStatus
  const kind = status === undefined ? 'network' : kindOf(status)
  return {
    kind,
    sentence: told?.registration?.error,
    requestId: told?.registration?.requestId,
    mayPass: kind === 'network' || kind === 'server',
  }
}

function kindOf(status: number): Failure['kind'] {
  if (status === 401 || status === 403) return 'forbidden'
  if (status === 404) return 'not-found'
  return status >= 500 || status === 429 ? 'server' : 'refused'
}
