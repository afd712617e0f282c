import type { FastifyBaseLogger } from 'fastify'
import { stdSerializers } from 'pino'
import type { DeliveryWatcher } from '../events/create-deliveries.ts'
import type { JournalListener } from '../journal/create-result-writer.ts'
import type { RecoveryListener } from '../recovery/recover-due.ts'
import type { Observer } from '../registration/observer.ts'
import type { OnAct } from '../registration/on-act.ts'
import type { BreakerState } from '../registration/partner.ts'
import type { Effort } from './create-efforts.ts'
import { outcomeLine } from './outcome-line.ts'
import { safeError } from './safe-error.ts'

/** Tells the log what happened. No line names a visitor, a link or a key: the registration's id leads to its row. */
export interface LogWatcher {
  registrations: Observer
  journal: JournalListener
  recovery: RecoveryListener
  deliveries: DeliveryWatcher
  operators: OnAct
  secrets: SecretsListener
  gate: { breaker(state: BreakerState): void }
}

interface SecretsListener {
  /** The secrets of a registration could not be opened when it was read; `key` where that one isn't listed. */
  unreadable(registrationId: string, error: unknown, key: string | undefined): void
}

/** @param effort what is being done now, and for whom */
export function createLogWatcher(
  log: FastifyBaseLogger,
  effort: () => Effort | undefined = () => undefined,
): LogWatcher {
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
      callEnded({ id, attempt, probing, reply, durationMs }) {
        const current = effort()
        if (current) current.partnerMs += durationMs
        const line = { registrationId: id, attempt, probing, outcome: reply.kind, durationMs: Math.round(durationMs) }
        if (reply.kind === 'accepted') log.debug(line, 'the partner gave an account')
        else if (reply.kind === 'rejected') log.debug({ ...line, code: reply.code }, 'the partner refused')
        else log.warn({ ...line, reason: reply.reason }, 'a call to the partner gave no answer')
      },
      moved(registration) {
        const { id: registrationId, status, attempts } = registration
        if (status === 'pending' || status === 'uncertain') {
          log.debug({ registrationId, status, attempts }, 'a registration moved on')
          return
        }
        const current = effort()
        const line = outcomeLine(registration, current)
        if (current) current.isTold = true
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
      troubled(err) {
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
