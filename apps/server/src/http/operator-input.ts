import type {
  DeadEvents,
  EventListInput,
  Found,
  ListInput,
  RedriveInput,
  ResolveSentenceInput,
  StatsInput,
} from '@registration/shared/operator'
import { z } from 'zod'
import { EVENT_STATES, EVENT_TYPES } from '../events/event-outbox.ts'
import { REGISTRATION_STATUSES } from '../registration/registration.ts'

const MOST_ROWS = 200
const text = z.string().trim().min(1, 'must not be empty').max(500, 'must have at most 500 characters')
const instant = z.iso.datetime({ offset: true, error: 'must be an instant such as 2026-01-31T12:00:00Z' })
const id = z.uuid('must be the id of a registration')
const act = z.object({ id, reason: text })

const listInput = z.object({
  status: z.array(z.enum(REGISTRATION_STATUSES)).optional(),
  code: text.optional(),
  email: text.optional(),
  tag: text.optional(),
  clickId: text.optional(),
  from: instant.optional(),
  to: instant.optional(),
  cursor: id.optional(),
  limit: z.int().min(1).max(MOST_ROWS).optional(),
}) satisfies z.ZodType<ListInput>

const statsInput = z
  .object({ from: instant, to: instant.optional() })
  .refine(({ from, to }) => to === undefined || Date.parse(from) < Date.parse(to), {
    path: ['to'],
    error: 'must be later than `from`',
  }) satisfies z.ZodType<StatsInput>

const found = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('account_with_link'), depositUrl: z.string().max(8_192) }),
  z.object({ outcome: z.literal('account_without_link') }),
  z.object({ outcome: z.literal('absent') }),
]) satisfies z.ZodType<Found>

const resolveSentenceInput = z.object({
  // As it is saved: a blank at its end is part of it.
  sentence: z.string().min(1, 'must not be empty').max(10_000, 'must have at most 10,000 characters'),
  outcome: z.enum(['account_without_link', 'absent']),
  reason: text,
  cursor: id.optional(),
}) satisfies z.ZodType<ResolveSentenceInput>

const eventCursor = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[\w.-]{1,40}$/, 'must be `nextCursor` of the page before')
const deadEvents = z.object({
  type: z.array(z.enum(EVENT_TYPES)).optional(),
  endpoint: text.optional(),
  registrationId: id.optional(),
}) satisfies z.ZodType<DeadEvents>

const eventListInput = deadEvents.extend({
  state: z.array(z.enum(EVENT_STATES)).optional(),
  cursor: eventCursor.optional(),
  limit: z.int().min(1).max(MOST_ROWS).optional(),
}) satisfies z.ZodType<EventListInput>

const redriveOneInput = z.object({ reason: text, id: z.uuid('must be the id of an event'), endpoint: text })
const redriveDeadInput = z.object({ reason: text, dead: deadEvents, cursor: eventCursor.optional() })
const redriveInput = z.union([redriveOneInput, redriveDeadInput]) satisfies z.ZodType<RedriveInput>

/** Input schemas of the operator router and the commands. */
export const OPERATOR_INPUT = {
  list: listInput,
  get: z.object({ id }),
  act,
  resolve: act.and(found),
  resolveSentence: resolveSentenceInput,
  stats: statsInput,
  events: {
    list: eventListInput,
    redrive: redriveInput,
    redriveOne: redriveOneInput,
    redriveDead: redriveDeadInput,
  },
}
