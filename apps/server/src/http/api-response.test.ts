import { FAILURES, type FailureCode } from '@registration/shared'
import { TRPCError } from '@trpc/server'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ApiError } from '../registration/api-error.ts'
import { asApiError, failureOf } from './api-response.ts'

const fastifyError = (code: string) => Object.assign(new Error('internals'), { code })

describe('failureOf', () => {
  it.each(Object.keys(FAILURES) as FailureCode[])('%s has the status and the retry hint of the table', (code) => {
    const { http, retryable, sentence } = FAILURES[code]
    expect(failureOf(new ApiError(code), 'r-1')).toEqual({
      status: http,
      failure: {
        success: false,
        error: sentence,
        code,
        retryable,
        requestId: 'r-1',
        ...(retryable ? { retryAfterMs: 1_000 } : {}),
        ...(code === 'INVALID_INPUT' ? { issues: [{ path: '', message: sentence }] } : {}),
      },
    })
  })

  it('an error’s own sentence, registration id and pause are in the response', () => {
    const inProgress = new ApiError('IN_PROGRESS', { sentence: 'Wait.', registrationId: 'id', retryAfterMs: 1_234.5 })
    expect(failureOf(inProgress, 'r-1').failure).toMatchObject({
      error: 'Wait.',
      registrationId: 'id',
      retryAfterMs: 1_235,
    })
  })

  it('an error that is not retryable has no retryAfterMs', () => {
    const rejected = new ApiError('PARTNER_REJECTED', { retryAfterMs: 5 })
    expect(failureOf(rejected, 'r-1').failure).not.toHaveProperty('retryAfterMs')
  })

  it.each([
    ['an error', new Error('secret')],
    ['a tRPC error of its own', new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: 'secret' })],
    ['an error inside a tRPC error', new TRPCError({ code: 'BAD_REQUEST', cause: new Error('secret') })],
    ['a Fastify error that nobody knows', fastifyError('FST_ERR_SECRET')],
    ['a string', 'secret'],
    ['null', null],
    ['undefined', undefined],
  ])('%s becomes INTERNAL without its message', (_, error) => {
    const { status, failure } = failureOf(error, 'r-1')
    expect([status, failure.code, failure.error]).toEqual([500, 'INTERNAL', FAILURES.INTERNAL.sentence])
    expect(asApiError(error).cause).toBe(error instanceof TRPCError && error.cause ? error.cause : error)
  })

  it('an invalid request’s sentence names every invalid field and the reason', () => {
    const schema = z.object({ a: z.string('must be a string'), b: z.object({ c: z.number('must be a number') }) })
    const { error } = schema.safeParse({ b: {} })
    expect(failureOf(error, 'r-1').failure).toMatchObject({
      code: 'INVALID_INPUT',
      error: 'a: must be a string; b.c: must be a number',
    })
  })

  it('a body that is no object has a sentence about the body', () => {
    const { error } = z.object({}, 'must be a JSON object').safeParse([])
    expect(failureOf(error, 'r-1').failure.error).toBe('The request body must be a JSON object')
  })

  it.each([
    ['FST_ERR_CTP_BODY_TOO_LARGE', 'The request body must have at most 16 KiB.'],
    ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'The request body must have as many bytes as its Content-Length says.'],
  ])('%s has a sentence that says what is accepted', (code, sentence) => {
    expect(failureOf(fastifyError(code), 'r-1').failure).toMatchObject({ code: 'INVALID_INPUT', error: sentence })
  })

  it.each(['BAD_REQUEST', 'NOT_FOUND', 'METHOD_NOT_SUPPORTED', 'PARSE_ERROR', 'UNSUPPORTED_MEDIA_TYPE'] as const)(
    'a request that tRPC rejects (%s) becomes INVALID_INPUT with tRPC’s message',
    (code) => {
      const error = new TRPCError({ code, message: 'No procedure found.' })
      expect(failureOf(error, 'r-1').failure).toMatchObject({ code: 'INVALID_INPUT', error: 'No procedure found.' })
    },
  )
})
