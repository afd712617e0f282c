import { hash, randomBytes } from 'node:crypto'
import {
  FAILURES,
  type RegistrationRequest,
  type RegistrationResponse,
  type StatusRequest,
  type VisitorDescription,
} from '@registration/shared'
import type { FastifyBaseLogger } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import type { Tracing } from '../observability/tracing.ts'
import type { WorkContexts } from '../observability/work-context.ts'
import { registrationStatus } from '../registration/answer-status-request.ts'
import { ApiError, invalidField } from '../registration/api-error.ts'
import { orchestrateRegistration } from '../registration/orchestrate-registration.ts'
import type { RegistrationPorts } from '../registration/ports.ts'
import type { Intent } from '../registration/registration.ts'
import type { Verifier } from '../verification/create-verifier.ts'
import { asApiError, responseCode } from './api-response.ts'
import type { Caller } from './caller.ts'

/** What both transports call: with validated requests. Throws `ApiError`s. */
export interface RegistrationApi {
  orchestrateRegistration(request: RegistrationRequest, caller: Caller): Promise<RegistrationResponse>
  registrationStatus(request: StatusRequest, caller: Caller): Promise<RegistrationResponse>
}

export function createRegistrationApi(ports: RegistrationPorts, verify: Verifier, inFlight: InFlight): RegistrationApi {
  return {
    orchestrateRegistration: (request, caller) =>
      inFlight.run(async () => {
        // Internal apps confirm e-mails themselves.
        const proof = caller.app ? 'not-required' : await verify(request.verificationToken, request.email)
        const call = { intent: intentOf(request, caller), proof, isInternal: caller.app !== undefined }
        return withIgnored(await orchestrateRegistration(ports, call), caller)
      }),
    registrationStatus: ({ idempotencyKey }, caller) =>
      inFlight.run(() => registrationStatus(ports, hashOfKey(idempotencyKey, caller))),
  }
}

const DEFAULT_SOURCE = 'orchestrated'

/** Completes the request. An internal app acts for another person's browser and may name that browser's address. */
function intentOf(request: RegistrationRequest, caller: Caller): Intent {
  const {
    email,
    visitorId,
    trafficParams,
    idempotencyKey,
    source,
    clientIp,
    verificationToken: _,
    ...described
  } = request
  return {
    ...(described satisfies VisitorDescription),
    id: uuidv7(),
    idempotencyKeyHash: hashOfKey(idempotencyKey ?? randomBytes(16).toString('base64url'), caller),
    email,
    visitorId,
    trafficParams: trafficParams ?? {},
    source: source ?? DEFAULT_SOURCE,
    clientIp: (caller.app && clientIp) || caller.ip,
  }
}

/** A caller who guesses a key can read its outcome. Keys of internal apps may be shorter, since those calls are authenticated. */
const SHORTEST_PUBLIC_KEY = 16

/**
 * Only the hash of a key is stored, because the key gives access to the registration's link. An internal app's key is unique
 * within that app only.
 *
 * @throws ApiError `INVALID_INPUT` for a key that can be guessed
 */
function hashOfKey(idempotencyKey: string, { app }: Pick<Caller, 'app'>): Buffer {
  if (app === undefined && idempotencyKey.length < SHORTEST_PUBLIC_KEY) {
    throw invalidField(
      'idempotencyKey',
      `must have at least ${SHORTEST_PUBLIC_KEY} characters, since whoever knows it reads the outcome`,
    )
  }
  return hash('sha256', app === undefined ? idempotencyKey : `${app}\0${idempotencyKey}`, 'buffer')
}

/** Adds the names of the ignored fields to the response, for internal apps only. */
function withIgnored(response: RegistrationResponse, { app, unknownFields = [] }: Caller): RegistrationResponse {
  return app === undefined || unknownFields.length === 0 ? response : { ...response, ignored: [...unknownFields] }
}

/** The calls in progress in this process, whether or not their callers still wait. */
export interface InFlight {
  /** @throws ApiError `OVERLOADED` if the limit is reached or `drain` was called; the task isn't started. */
  run<T>(task: () => Promise<T>): Promise<T>
  readonly count: number
  /** Counts work that goes on after its call has returned. */
  waitUntil(work: Promise<unknown>): void
  /** Rejects new calls from now on, and resolves when none is in progress. */
  drain(): Promise<void>
}

/** When an overloaded process's callers should retry. */
const RETRY_AFTER_MS = 1_000

/** @param isCongested whether too many statements wait for a database connection */
export function createInFlight(max: number, isCongested: () => boolean): InFlight {
  let count = 0
  const drained = Promise.withResolvers<void>()
  let draining = false

  function end(): void {
    count--
    if (draining && count === 0) drained.resolve()
  }

  return {
    get count() {
      return count
    },
    async run(task) {
      if (draining || count >= max || isCongested()) throw new ApiError('OVERLOADED', { retryAfterMs: RETRY_AFTER_MS })
      count++
      try {
        return await task()
      } finally {
        end()
      }
    },
    waitUntil(work) {
      count++
      work.then(end, end)
    },
    drain() {
      draining = true
      if (count === 0) drained.resolve()
      return drained.promise
    },
  }
}

/**
 * Observes each call of the API: a log line with the caller, the outcome and the duration, and a span in the caller's trace.
 * Neither contains data of the visitor. If the call produced the registration's outcome, the outcome has its own line, and the
 * call's line is written at the level `debug`.
 */
export function observeCalls(
  api: RegistrationApi,
  { log, contexts, tracing }: { log: FastifyBaseLogger; contexts: WorkContexts; tracing: Tracing | undefined },
): RegistrationApi {
  function observed(call: string, caller: Caller, respond: () => Promise<RegistrationResponse>) {
    const { requestId, app } = caller
    const inContext = (report: (code: string, registrationId: string | undefined) => void) =>
      contexts.run({ by: 'request', requestId, app }, async () => {
        const context = contexts.current()
        const begunAt = performance.now()
        const ended = (outcome: string, registrationId: string | undefined) => {
          const durationMs = Math.round(performance.now() - begunAt)
          const line = { call, requestId, app, traceId: context?.traceId, registrationId, outcome, durationMs }
          log[context?.isOutcomeLogged ? 'debug' : 'info'](line, 'answered')
          report(outcome, registrationId)
        }
        try {
          const response = await respond()
          ended(responseCode(response), response.registrationId)
          return response
        } catch (error) {
          const { code, registrationId } = asApiError(error)
          ended(code, registrationId)
          throw error
        }
      })
    if (!tracing) return inContext(() => undefined)
    return tracing.call(call, caller, (describe) =>
      inContext((code, registrationId) => describe({ code, registrationId, isFault: isFault(code) })),
    )
  }

  return {
    orchestrateRegistration: (request, caller) =>
      observed('orchestrateRegistration', caller, () => api.orchestrateRegistration(request, caller)),
    registrationStatus: (request, caller) =>
      observed('registrationStatus', caller, () => api.registrationStatus(request, caller)),
  }
}

function isFault(code: string): boolean {
  return code in FAILURES && FAILURES[code as keyof typeof FAILURES].http >= 500
}
