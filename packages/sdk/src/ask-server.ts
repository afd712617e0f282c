import type {
  RegistrationFailure,
  RegistrationRequest,
  RegistrationResponse,
  StatusRequest,
} from '@registration/shared'
import type { RegistrationRouter } from '@registration/shared/router'
import { httpLink } from '@trpc/client/links/httpLink'
import { complain } from './complain.ts'
import type { CheckedSettings } from './configure.ts'
import { isBlockedByPolicy, watchPolicy } from './content-security-policy.ts'
import { pageState } from './page-state.ts'
import { readAnswer } from './read-answer.ts'
import type { Registration } from './registration.ts'
import { RegistrationError, type RegistrationErrorCode, setUpError } from './registration-error.ts'
import { sentenceFor } from './sentences.ts'

/** One procedure of the server with its input. */
export type Question =
  | { path: 'orchestrateRegistration'; input: RegistrationRequest }
  | { path: 'registrationStatus'; input: StatusRequest }

/** How one request is sent. */
export interface Sending {
  /** Lets the request outlive the page. */
  keepalive: boolean
  timeoutMs: number
  /** Whether nobody waits for the answer any more: the deadline has passed. */
  isOver?: () => boolean
  /** What the last request of this registration ended with. */
  lastCode?: RegistrationErrorCode | undefined
}

interface Reply {
  /** HTTP's; 0 where no answer came. */
  status: number
  /** What the server said; `undefined` where nothing came, or something that our server never says. */
  said?: Registration | RegistrationError | undefined
  cause?: unknown
}

/**
 * Bodies up to this many characters are sent with `keepalive`: at three bytes each they stay below the 64 KiB that
 * browsers allow. The server takes no more than 16 KiB anyway.
 */
const KEEPALIVE_CHARACTERS = 16_384

/**
 * One request to the server, sent in the same turn of the event loop. Never rejects: what went wrong is a value too.
 *
 * A page sends what CORS calls a simple request, so that no preflight goes ahead of it; without a page there is none.
 */
export async function askServer(
  question: Question,
  settings: CheckedSettings,
  sending: Sending,
): Promise<Registration | RegistrationError> {
  if (typeof fetch !== 'function') {
    const mistake = setUpError('This browser has no fetch: load a polyfill for it first.')
    complain(mistake.message)
    return mistake
  }
  watchPolicy()
  const contentType = pageState.contentType ?? (typeof document === 'undefined' ? 'application/json' : 'text/plain')
  const reply = await send(question, settings, sending, contentType)
  const { status } = reply
  if (contentType === 'text/plain' && (status === 415 || (status === 403 && !reply.said))) {
    // A server that doesn't know simple requests, or a firewall that stops them: pay for the preflight.
    const second = await send(question, settings, sending, 'application/json')
    if (second.said) {
      pageState.contentType = 'application/json'
      return second.said
    }
  }
  if (reply.said) return reply.said
  const { endpoint } = settings
  if (!status && (await isBlockedByPolicy(endpoint))) {
    return setUpError(
      `The Content-Security-Policy of this page blocks the server: add ${new URL(endpoint).origin} to its connect-src.`,
      reply.cause,
    )
  }
  return noAnswer(reply, settings)
}

function send(
  { path, input }: Question,
  settings: CheckedSettings,
  { keepalive, timeoutMs }: Sending,
  contentType: string,
): Promise<Reply> {
  return new Promise<Reply>((resolve) => {
    let status = 0
    let unsubscribe = () => {}
    const end = (reply: Omit<Reply, 'status'>) => {
      clearTimeout(timer)
      resolve({ status, ...reply })
    }
    // Settles by itself: the page's own `fetch` may ignore that it is told to stop.
    const timer = setTimeout(() => {
      end({})
      unsubscribe()
    }, timeoutMs)

    async function fetchAnswer(url: RequestInfo | URL, init?: object): Promise<Response> {
      const response = await fetch(url, {
        ...init,
        headers: { 'content-type': contentType },
        credentials: 'omit',
        keepalive: keepalive && JSON.stringify(input).length <= KEEPALIVE_CHARACTERS,
      })
      status = response.status
      // Some pages replace `fetch` by one that gives the parsed body.
      return typeof response.json === 'function' ? response : ({ json: async () => response } as unknown as Response)
    }

    try {
      const link = httpLink<RegistrationRouter>({ url: `${settings.endpoint}/trpc`, fetch: fetchAnswer })({})
      const op = { id: 1, type: 'mutation', path, input, context: {}, signal: null } as const
      const request = link({ op, next: undefined as never }).subscribe({
        next({ result }) {
          end({ said: readAnswer((result as { data?: RegistrationResponse }).data, settings) })
        },
        error({ data, cause }) {
          end({ said: readFailure(data?.registration, settings), cause })
        },
      })
      unsubscribe = () => request.unsubscribe()
    } catch (cause) {
      end({ cause })
    }
  })
}

function readFailure(
  failure: RegistrationFailure | undefined,
  settings: CheckedSettings,
): RegistrationError | undefined {
  const { code, error } = failure ?? {}
  return code && error ? new RegistrationError(code, sentenceFor(code, settings, error), failure) : undefined
}

/** Nothing came, or something that our server never says, such as the error page of a proxy. */
function noAnswer({ status, cause }: Reply, settings: CheckedSettings): RegistrationError {
  const isPassing = status < 400 || status >= 500 || [408, 409, 425, 429].includes(status)
  if (isPassing) {
    return new RegistrationError('NETWORK', sentenceFor('NETWORK', settings), { retryable: true, cause })
  }
  complain(`${settings.endpoint} answered with HTTP ${status}: is it the registration server's base URL?`)
  return new RegistrationError('INTERNAL', sentenceFor('INTERNAL', settings), {
    cause: new Error(`HTTP ${status}`),
  })
}
