import type { FastifyBaseLogger } from 'fastify'
import { stdSerializers } from 'pino'
import type { DeliveryListener } from '../events/create-deliveries.ts'
import type { JournalListener } from '../journal/create-result-writer.ts'
import type { OnOperatorAct } from '../operators/operator-store.ts'
import type { RecoveryListener } from '../recovery/recover-due.ts'
import type { BreakerState } from '../registration/partner.ts'
import { isSetUpError } from '../registration/partner.ts'
import type { RegistrationListener } from '../registration/ports.ts'
import type { Registration, RegistrationStatus } from '../registration/registration.ts'
import { safeError } from './safe-error.ts'
import type { WorkContext } from './work-context.ts'

/** Logs events. No line contains a visitor's data, a link or a key; the registration's id identifies the row. */
export interface LogListener {
  registrations: RegistrationListener
  journal: JournalListener
  recovery: RecoveryListener
  deliveries: DeliveryListener
  operators: OnOperatorAct
  secrets: SecretsListener
  gate: { breaker(state: BreakerState): void }
}

interface SecretsListener {
  /** The secrets of a registration could not be decrypted. `key` is the id of their key if it isn't listed. */
  unreadable(registrationId: string, error: unknown, key: string | undefined): void
}

/** @param context returns the current work context */
export function createLogListener(
  log: FastifyBaseLogger,
  context: () => WorkContext | undefined = () => undefined,
): LogListener {
  /** Keys already logged: many visitors may read registrations with the same missing key. */
  const unlistedKeys = new Set<string>()
  return {
    secrets: {
      unreadable(registrationId, error, key) {
        if (key !== undefined && unlistedKeys.has(key)) return
        if (key !== undefined) unlistedKeys.add(key)
        log.error({ registrationId, key, err: safeError(error) }, 'the secrets of a registration cannot be decrypted')
      },
    },
    gate: {
      breaker(state) {
        log.warn({ state }, 'the partner circuit breaker changed its state')
      },
    },
    registrations: {
      callEnded({ id, attempt, probing, result, durationMs }) {
        const current = context()
        if (current) current.partnerMs += durationMs
        const line = { registrationId: id, attempt, probing, outcome: result.kind, durationMs: Math.round(durationMs) }
        if (result.kind === 'accepted') log.debug(line, 'the partner created an account')
        else if (result.kind === 'rejected')
          log.debug({ ...line, code: result.code }, 'the partner rejected the registration')
        else if (result.kind === 'unknown' && isSetUpError(result))
          log.error({ ...line, reason: result.reason }, 'the partner does not accept this server: check its set-up')
        else log.warn({ ...line, reason: result.reason }, 'a call to the partner gave no answer')
      },
      moved(registration) {
        const { id: registrationId, status, attempts } = registration
        if (status === 'pending' || status === 'uncertain') {
          log.debug({ registrationId, status, attempts }, 'a registration changed its status')
          return
        }
        const current = context()
        const line = outcomeLine(registration, current)
        if (current) current.isOutcomeLogged = true
        if (status === 'stuck') log.error(line, 'a registration is stuck: a person has to decide')
        else if (status === 'succeeded_without_link') log.error(line, 'an account was given without a usable link')
        else log.info(line, 'a registration has its outcome')
      },
    },
    journal: {
      journaled(registrationId, err, { onDisk, cause }) {
        if (onDisk)
          log.error(
            { registrationId, err: safeError(err) },
            'a result could not be saved, and waits in the outage journal',
          )
        else
          log.fatal(
            { registrationId, err: safeError(err), journalErr: stdSerializers.err(safeError(cause)) },
            'a result could be neither saved nor journaled: only this process holds it',
          )
      },
      refused(registrationId, err) {
        log.error(
          { registrationId, err: safeError(err) },
          'a result can not be written to its row for now: it is tried again, and needs attention',
        )
      },
      unwritable(registrationId, err) {
        log.error(
          { registrationId, err: safeError(err) },
          'a result can never be written: it stays in the outage journal until an operator drops it',
        )
      },
      gone(registrationId) {
        log.warn(
          { registrationId },
          'a journaled result was dropped: its registration was deleted at the end of its retention',
        )
      },
      unreadable(lines) {
        const why = 'no listed key decrypts them, or a crash truncated them'
        log.error({ lines }, `the outage journal has unreadable lines: ${why}; they are kept`)
      },
      drained(entries) {
        log.info({ entries }, 'results were written from the outage journal')
      },
      outdated(err) {
        log.error(
          { err: safeError(err) },
          'the outage journal can not be rewritten: it is tried again, and needs attention',
        )
      },
    },
    operators({ done, ...act }) {
      if (done) log.info(act, 'an operator acted')
      else log.warn(act, 'an operator was refused')
    },
    deliveries: {
      ended({ event, endpoint, attempt }, { to, status, error }, durationMs) {
        const line = {
          eventId: event.id,
          registrationId: event.data.registrationId,
          type: event.type,
          endpoint,
          attempt,
        }
        const how = { ...line, status, error, durationMs: Math.round(durationMs) }
        if (to === 'delivered') log.debug(how, 'an event was delivered')
        else if (to === 'waiting') log.warn(how, 'an event was not delivered, and is tried again')
        else log.error(how, 'an event was given up: it is dead')
      },
      outboxFailed(err) {
        log.warn({ err: safeError(err) }, 'the delivery of events failed and will be tried again')
      },
    },
    recovery: {
      jobFailed(err) {
        log.warn({ err: safeError(err) }, 'a recovery job failed and will be tried again')
      },
      recovered(registrationId) {
        log.debug({ registrationId }, 'recovery advanced a registration')
      },
      failed(registrationId, err) {
        log.warn({ registrationId, err: safeError(err) }, 'a registration could not be recovered this time')
      },
      deleted(registrations) {
        log.info({ registrations }, 'registrations were deleted at the end of their retention')
      },
      swept: () => undefined,
      stuck(count) {
        log.error({ stuck: count }, 'registrations are stuck: a person has to decide')
      },
    },
  }
}

/** The code of a status, as in the response. Rejections and stuck registrations have codes of their own. */
const CODES: Partial<Record<RegistrationStatus, string>> = {
  succeeded: 'SUCCEEDED',
  succeeded_without_link: 'LINK_UNAVAILABLE',
  released: 'PARTNER_UNAVAILABLE',
}

/** A source is the caller's text. Only names of campaigns are logged, since another text may be a person's. */
const IDENTIFIER = /^[\w-]{1,40}$/

/** The fields of the outcome's log line. */
function outcomeLine(registration: Registration, context: WorkContext | undefined) {
  const { id: registrationId, status, attempts, rejection, stuckReason } = registration
  return {
    registrationId,
    status,
    code: rejection?.code ?? stuckReason ?? CODES[status],
    attempts,
    source: IDENTIFIER.test(registration.source) ? registration.source : undefined,
    ...(context && {
      by: context.by,
      requestId: context.requestId,
      app: context.app,
      traceId: context.traceId,
      durationMs: Math.round(performance.now() - context.begunAt),
      partnerMs: Math.round(context.partnerMs),
      storeMs: Math.round(context.storeMs),
    }),
  }
}
