import { type Attributes, context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { parseTraceParent, TRACE_PARENT_HEADER, W3CTraceContextPropagator } from '@opentelemetry/core'
import type { LookUpResult, Partner, PartnerCall, PartnerResult } from '../registration/partner.ts'
import type { Tracing } from './tracing.ts'

/** Traces through the registered tracer provider: the server's own, or the host's. */
export function createTracing(): Tracing {
  const tracer = trace.getTracer('@registration/server')
  const w3c = new W3CTraceContextPropagator()

  function withSpan<T>(
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
        span.setAttribute('error.type', errorType(error))
        throw error
      } finally {
        span.end()
      }
    })
  }

  /** The caller's trace. Ignores `tracestate`, whose free text would be sent with every span. */
  function parentContext(traceparent: string | undefined) {
    const parent = traceparent === undefined ? null : parseTraceParent(traceparent)
    return parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT
  }

  return {
    call(name, { requestId, traceparent }, task) {
      // A host that traces its requests has already started a span.
      const isInside = trace.getActiveSpan() !== undefined
      const options = {
        kind: isInside ? SpanKind.INTERNAL : SpanKind.SERVER,
        attributes: { 'registration.request_id': requestId },
        ...(isInside ? {} : { parent: parentContext(traceparent) }),
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
      // Background work, such as recovery's search for due rows, starts no trace.
      if (!trace.getActiveSpan()) return call()
      const attributes = { 'db.system.name': 'postgresql', 'db.operation.name': method }
      return withSpan(`store.${method}`, { attributes }, call)
    },
    partner<P extends Partner>(partner: P, { hostname, port, protocol }: URL): P {
      const traced =
        <Result extends PartnerResult | LookUpResult>(name: string, send: (call: PartnerCall) => Promise<Result>) =>
        (call: PartnerCall) => {
          const attributes = {
            'server.address': hostname,
            'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
            'registration.id': call.registrationId,
          }
          return withSpan(`partner.${name}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
            const result = await send(call)
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
        register: traced('register', partner.register),
        ...(lookUp && { lookUp: traced('look-up', lookUp) }),
      }
    },
    recovery: (registrationId, traceparent, task) =>
      withSpan(
        'recovery',
        { attributes: { 'registration.id': registrationId }, parent: parentContext(traceparent) },
        task,
      ),
    traceparent() {
      const carrier: Record<string, string> = {}
      w3c.inject(context.active(), carrier, { set: (headers, name, value) => (headers[name] = value) })
      return carrier[TRACE_PARENT_HEADER]
    },
  }
}

/** The error's code or name. Its message isn't used, since it may quote a visitor's input. */
function errorType(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
