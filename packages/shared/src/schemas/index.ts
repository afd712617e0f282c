export {
  registrationAnswerSchema,
  registrationFailureSchema,
  registrationPendingSchema,
  registrationSucceededSchema,
  registrationSucceededWithoutLinkSchema,
} from './registration-answer-schema.ts'
export { registrationRequestSchema, statusRequestSchema } from './registration-request-schema.ts'
