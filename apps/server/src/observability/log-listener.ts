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

/** Tells the log what happened. No line names a visitor, a link or a key: the registration's id leads to its row. */
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
  /** The secrets of a registration could not be opened when it was read; `key` where that one isn't listed. */
  unreadable(registrationId: string, error: unknown, key: string | undefined): void
}

/** @param context of the work that is done now */
export function createLogListener(
  log: FastifyBaseLogger,
  context: () => WorkContext | undefined = () => undefined,
): LogListener {
  /** Whatever was encrypted with one of them is read again and again by visitors: one line of each says it all. */
  const unlistedKeys = new Set<string>()
  return {
    secrets: {
      unreadable(registrationId, error, key) {
        if (key !== undefined && unlistedKeys.has(key)) return
        if (key !== undefined) unlistedKeys.add(key)
        log.error({ registrationId, key, err: safeError(error) }, 'the secrets of registrations can not be opened')
      },
    },
    gate: {
      breaker(state) {
        log.warn({ state }, 'the circuit breaker towards the partner has another state')
      },
    },
    registrations: {
      callEnded({ id, attempt, probing, result, durationMs }) {
        const current = context()
        if (current) current.partnerMs += durationMs
        const line = { registrationId: id, attempt, probing, outcome: result.kind, durationMs: Math.round(durationMs) }
        if (result.kind === 'accepted') log.debug(line, 'the partner gave an account')
        else if (result.kind === 'rejected') log.debug({ ...line, code: result.code }, 'the partner refused')
        else if (result.kind === 'unknown' && isSetUpError(result))
          log.error({ ...line, reason: result.reason }, 'the partner does not accept this server: check its set-up')
        else log.warn({ ...line, reason: result.reason }, 'a call to the partner gave no answer')
      },
      moved(registration) {
        const { id: registrationId, status, attempts } = registration
        if (status === 'pending' || status === 'uncertain') {
          log.debug({ registrationId, status, attempts }, 'a registration moved on')
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
          'a result can not be written to its row for now: it is tried again, and needs a look',
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
          'a journaled result was dropped: its registration was deleted, having reached its age',
        )
      },
      unreadable(lines) {
        const why = 'that no listed encryption key opens, or that a sudden end tore'
        log.error({ lines }, `the outage journal holds lines ${why}; they are kept`)
      },
      drained(entries) {
        log.info({ entries }, 'results were written from the outage journal')
      },
      outdated(err) {
        log.error(
          { err: safeError(err) },
          'the outage journal can not be rewritten: it is tried again, and needs a look',
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
      troubled(err) {
        log.warn({ err: safeError(err) }, 'deliveries are in trouble, and go on trying')
      },
    },
    recovery: {
      failedToLook(err) {
        log.warn({ err: safeError(err) }, 'recovery is in trouble, and goes on trying')
      },
      recovered(registrationId) {
        log.debug({ registrationId }, 'recovery looked after a registration')
      },
      failed(registrationId, err) {
        log.warn({ registrationId, err: safeError(err) }, 'a registration could not be recovered this time')
      },
      deleted(registrations) {
        log.info({ registrations }, 'registrations were deleted, having reached their age')
      },
      swept: () => undefined,
      stuck(count) {
        log.error({ stuck: count }, 'registrations are stuck: a person has to decide')
      },
    },
  }
}

/** As the answer calls it; a refusal and what is stuck have codes of their own. */
const CODES: Partial<Record<RegistrationStatus, string>> = {
  succeeded: 'SUCCEEDED',
  succeeded_without_link: 'LINK_UNAVAILABLE',
  released: 'PARTNER_UNAVAILABLE',
}

/** The one line that the log has of a registration's outcome. */
function outcomeLine(registration: Registration, context: WorkContext | undefined) {
  const { id: registrationId, status, attempts, source, rejection, stuckReason } = registration
  return {
    registrationId,
    status,
    code: rejection?.code ?? stuckReason ?? CODES[status],
    attempts,
    source,
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
