import { z } from 'zod'
import type { RegistrationRequest, StatusRequest, TrafficParams } from '../registration-request.ts'
import { browserDataSchema } from './browser-data-schema.ts'
import { emailSchema } from './email-schema.ts'
import { line, text, token } from './text.ts'

const parameter = line(2048).optional()

const trafficParamsSchema = z
  .object({ tag: parameter, pb: parameter, click_id: parameter, custom_login_link: parameter }, 'must be an object')
  .catchall(parameter) satisfies z.ZodType<TrafficParams>

export const registrationRequestSchema = z.object(
  {
    email: emailSchema,
    name: line(200).optional(),
    visitorId: token(200),
    trafficParams: trafficParamsSchema.optional(),
    idempotencyKey: token(255).optional(),
    siteUrl: text(2048).optional(),
    source: line(100).optional(),
    browserData: browserDataSchema.optional(),
    verificationToken: token(4096).optional(),
    clientIp: z.union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address').optional(),
  },
  'must be a JSON object',
) satisfies z.ZodType<RegistrationRequest>

/** Fails to compile if the schema lacks a field, which would be dropped silently. */
true satisfies keyof RegistrationRequest extends keyof typeof registrationRequestSchema.shape ? true : false

export const statusRequestSchema = z.object(
  { idempotencyKey: token(255) },
  'must be a JSON object',
) satisfies z.ZodType<StatusRequest>
