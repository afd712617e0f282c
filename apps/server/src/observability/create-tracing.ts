import { type Attributes, context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { parseTraceParent, TRACE_PARENT_HEADER, W3CTraceContextPropagator } from '@opentelemetry/core'
import type { LookUpResult, Partner, PartnerCall, PartnerResult } from '../registration/partner.ts'
import type { Tracing } from './tracing.ts'

/** Traces by whatever provider this process has: the server's own, or the host's. */
export function createTracing(): Tracing {
  const tracer = trace.getTracer('@registration/server')
  const w3c = new W3CTraceContextPropagator()

  function spanned<T>(
    name: string,
    options: { kind?: SpanKind; attributes?: Attributes; parent?: ReturnType<typeof context.active> },
    task: (span: Span) => Promise<T>,
  ): Promise<T> {
    const { parent = context.active(), ...rest } = options
    return tracer.startActiveSpan(name, rest, parent, async (span) => {
      try {
        return await task(span)
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR })
        span.setAttribute('error.type', typeOf(error))
        throw error
      } finally {
        span.end()
      }
    })
  }

  /** Of the header alone: `tracestate` is a text of the caller's choice, which would go with every span. */
  function contextOf(traceparent: string | undefined) {
    const parent = traceparent === undefined ? null : parseTraceParent(traceparent)
    return parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT
  }

  return {
    call(name, { requestId, traceparent }, task) {
      // A host that traces its requests has begun the trace already.
      const isInside = trace.getActiveSpan() !== undefined
      const options = {
        kind: isInside ? SpanKind.INTERNAL : SpanKind.SERVER,
        attributes: { 'registration.request_id': requestId },
        ...(isInside ? {} : { parent: contextOf(traceparent) }),
      }
      return tracer.startActiveSpan(name, options, options.parent ?? context.active(), async (span) => {
        try {
          return await task(({ code, registrationId, isFault }) => {
            span.setAttribute('registration.code', code)
            if (registrationId !== undefined) span.setAttribute('registration.id', registrationId)
            if (isFault) span.setStatus({ code: SpanStatusCode.ERROR })
          })
        } finally {
          span.end()
        }
      })
    },
    store(method, call) {
      // What nobody asked for, such as the sweep, is no trace of its own.
      if (!trace.getActiveSpan()) return call()
      const attributes = { 'db.system.name': 'postgresql', 'db.operation.name': method }
      return spanned(`store.${method}`, { attributes }, call)
    },
    partner<P extends Partner>(partner: P, { hostname, port, protocol }: URL): P {
      const asking =
        <Reply extends PartnerResult | LookUpResult>(name: string, ask: (call: PartnerCall) => Promise<Reply>) =>
        (call: PartnerCall) => {
          const attributes = {
            'server.address': hostname,
            'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
            'registration.id': call.registrationId,
          }
          return spanned(`partner.${name}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
            const result = await ask(call)
            span.setAttribute('registration.partner.outcome', result.kind)
            if (result.kind === 'rejected') span.setAttribute('registration.code', result.code)
            if (result.kind === 'unknown' || result.kind === 'not-processed') {
              span.setStatus({ code: SpanStatusCode.ERROR })
              span.setAttribute('error.type', result.reason)
            }
            return result
          })
        }
      const { lookUp } = partner
      return {
        ...partner,
        register: asking('register', partner.register),
        ...(lookUp && { lookUp: asking('look-up', lookUp) }),
      }
    },
    recovery: (registrationId, traceparent, task) =>
      spanned('recovery', { attributes: { 'registration.id': registrationId }, parent: contextOf(traceparent) }, task),
    traceparent() {
      const carrier: Record<string, string> = {}
      w3c.inject(context.active(), carrier, { set: (headers, name, value) => (headers[name] = value) })
      return carrier[TRACE_PARENT_HEADER]
    },
  }
}

/** What kind of error it is: its message may quote what a visitor sent. */
function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
