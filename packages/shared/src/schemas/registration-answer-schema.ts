import { z } from 'zod'
import { FAILURES, type FailureCode, type RegistrationFailure } from '../failures.ts'
import type {
  RegistrationPending,
  RegistrationResponse,
  RegistrationSucceeded,
  RegistrationSucceededWithoutLink,
  UserData,
} from '../registration-answer.ts'

const userDataSchema = z.object({
  success: z.boolean().optional(),
  domain: z.string().optional(),
  login: z.union([z.string(), z.number()]).optional(),
  password: z.union([z.string(), z.number()]).optional(),
  autologin: z.string().optional(),
  deposit: z.string().optional(),
  main: z.string().optional(),
  custom_login_link: z.string().optional(),
  email: z.string(),
  name: z.string().nullable(),
  visitorId: z.string(),
}) satisfies z.ZodType<UserData>

const ignored = z.array(z.string()).exactOptional()

export const registrationSucceededSchema = z.object({
  success: z.literal(true),
  registrationId: z.uuid(),
  depositUrl: z.url(),
  userData: userDataSchema,
  replayed: z.boolean(),
  ignored,
}) satisfies z.ZodType<RegistrationSucceeded>

export const registrationSucceededWithoutLinkSchema = z.object({
  success: z.literal(true),
  code: z.literal('LINK_UNAVAILABLE'),
  registrationId: z.uuid(),
  depositUrl: z.null(),
  userData: userDataSchema,
  replayed: z.boolean(),
  ignored,
}) satisfies z.ZodType<RegistrationSucceededWithoutLink>

export const registrationPendingSchema = z.object({
  success: z.literal(false),
  code: z.literal('PENDING'),
  registrationId: z.uuid(),
  retryAfterMs: z.int().nonnegative(),
  ignored,
}) satisfies z.ZodType<RegistrationPending>

/** The response of a successful or a pending registration. */
export const registrationAnswerSchema = z.union([
  registrationSucceededSchema,
  registrationSucceededWithoutLinkSchema,
  registrationPendingSchema,
]) satisfies z.ZodType<RegistrationResponse>

export const registrationFailureSchema = z.object({
  success: z.literal(false),
  error: z.string(),
  code: z.enum(Object.keys(FAILURES) as [FailureCode, ...FailureCode[]]),
  retryable: z.boolean(),
  requestId: z.string(),
  registrationId: z.uuid().exactOptional(),
  retryAfterMs: z.int().nonnegative().exactOptional(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).exactOptional(),
}) satisfies z.ZodType<RegistrationFailure>
