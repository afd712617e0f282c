import { fileURLToPath } from 'node:url'
import type {
  Details,
  EventListInput,
  Found,
  ListInput,
  OperatorAction,
  RedriveInput,
  ResolveSentenceInput,
  StatsInput,
} from '@registration/shared/operator'
import { ensureBuilt } from '@registration/test-harness'
import { initTRPC, TRPCError } from '@trpc/server'
import { type FastifyTRPCPluginOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import Fastify from 'fastify'
import { createConsoleRoutes } from '../../../server/src/http/console-routes.ts'
import { createOperatorBooks, type OperatorBooks } from './operator-books.ts'

/** An operator's key that the server knows, and whose it is. */
export const OPERATOR_KEY = 'an-operators-key-for-the-tests'
const OPERATOR = 'olga'

const BUILT = fileURLToPath(new URL('../../dist/console', import.meta.url))

export interface OperatorServer extends AsyncDisposable {
  /** Of the console. */
  url: string
  books: OperatorBooks
  /** The address of every request so far. */
  requests: string[]
}

type ForAReason = { id: string; reason: string }

/** The built console at its real routes, over an operator router that keeps its books in memory. */
export async function startOperatorServer(): Promise<OperatorServer> {
  ensureBuilt()
  const books = createOperatorBooks()
  const requests: string[] = []
  const server = Fastify()
  server.addHook('onRequest', async ({ url }) => void requests.push(url))
  await server.register(createConsoleRoutes(BUILT))
  await server.register(fastifyTRPCPlugin, {
    prefix: '/operator/trpc',
    trpcOptions: {
      router: createRouter(books),
      allowMethodOverride: true,
      createContext: ({ req }) => ({ known: req.headers.authorization === `Bearer ${OPERATOR_KEY}` }),
    } satisfies FastifyTRPCPluginOptions<ReturnType<typeof createRouter>>['trpcOptions'],
  })
  const origin = await server.listen({ host: '127.0.0.1', port: 0 })
  return { url: `${origin}/console`, books, requests, [Symbol.asyncDispose]: () => server.close() }
}

function createRouter(books: OperatorBooks) {
  const t = initTRPC.context<{ known: boolean }>().create({ isDev: false })
  const procedure = t.procedure.use(({ ctx, next }) => {
    if (!ctx.known) throw new TRPCError({ code: 'FORBIDDEN', message: 'This key is not known here.' })
    return next()
  })
  const takes = <Input>() => procedure.input((input: unknown) => input as Input)
  const find = (id: string): Details => {
    const found = books.find(id)
    if (found === undefined) throw new TRPCError({ code: 'NOT_FOUND', message: 'There is no such registration.' })
    return found
  }
  /** Finds it, and notes that somebody acted on it. */
  const acted = ({ id, reason }: ForAReason, action: OperatorAction): Details => {
    const registration = find(id)
    books.note(registration, { at: new Date().toISOString(), kind: 'action', action, by: OPERATOR, reason })
    return registration
  }

  return t.router({
    registrations: t.router({
      list: takes<ListInput>().query(({ input }) => books.list(input)),
      get: takes<{ id: string }>().query(({ input }) => find(input.id)),
      retry: takes<ForAReason>().mutation(({ input }) => acted(input, 'retry')),
      resolve: takes<ForAReason & Found>().mutation(({ input }) => {
        const registration = acted(input, 'resolve')
        books.resolve(registration, input)
        return registration
      }),
      stuckSentences: procedure.query(() => books.stuckSentences()),
      resolveSentence: takes<ResolveSentenceInput>().mutation(({ input: { sentence, reason, outcome } }) => {
        const resolved = books.stuckWith(sentence)
        for (const { id } of resolved) books.resolve(acted({ id, reason }, 'resolve'), { outcome })
        return { resolved: resolved.length, nextCursor: books.stuckWith(sentence)[0]?.id ?? null }
      }),
      erase: takes<ForAReason>().mutation(({ input }) => {
        const registration = acted(input, 'erase')
        Object.assign(registration, {
          email: 'erased',
          name: null,
          hasSecrets: false,
          erasedAt: new Date().toISOString(),
        })
        return registration
      }),
      reveal: takes<ForAReason>().mutation(({ input }) => {
        acted(input, 'reveal')
        return { password: 'p4ssw0rd', autologin: null, depositUrl: 'https://partner.example/deposit?token=t' }
      }),
    }),
    events: t.router({
      list: takes<EventListInput>().query(({ input }) => books.listEvents(input)),
      endpoints: procedure.query(() => books.endpoints()),
      redrive: takes<RedriveInput>().mutation(({ input }) => {
        const redriven = books.redrive('dead' in input ? input.dead : input)
        for (const { registrationId: id, endpoint } of redriven) {
          const at = new Date().toISOString()
          const { reason } = input
          books.note(find(id), { at, kind: 'action', action: 'redrive', by: OPERATOR, reason, endpoints: [endpoint] })
        }
        return { redriven: redriven.length, nextCursor: 'dead' in input && redriven.length > 0 ? 'more' : null }
      }),
    }),
    stats: takes<StatsInput>().query(({ input }) => books.stats(input)),
  })
}
