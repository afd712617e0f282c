import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** A span in OTLP's JSON format, with its attributes by name. */
export interface ReceivedSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  attributes: Record<string, unknown>
  status: { code?: number }
}

/** A collector that receives spans by OTLP over HTTP. */
export interface Collector extends AsyncDisposable {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  url: string
  spans: ReceivedSpan[]
  /** All received bodies as JSON, including resources. */
  received(): string
}

type Pair = { key: string; value: Record<string, unknown> }
type SentSpan = Omit<ReceivedSpan, 'attributes'> & { attributes: Pair[] }
type Sent = { resourceSpans: { scopeSpans: { spans: SentSpan[] }[] }[] }

/** @param options.isDeaf whether it never answers */
export async function startCollector({ isDeaf = false } = {}): Promise<Collector> {
  const spans: ReceivedSpan[] = []
  const bodies: unknown[] = []
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as Sent
    bodies.push(body)
    if (isDeaf) return
    for (const span of body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans).flatMap((scope) => scope.spans)) {
      const pairs = span.attributes.map(({ key, value }) => [key, Object.values(value)[0]])
      spans.push({ ...span, attributes: Object.fromEntries(pairs) })
    }
    response.writeHead(request.url === '/v1/traces' ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    received: () => JSON.stringify(bodies),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
