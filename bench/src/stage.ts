import { startThrowawayPostgres } from '@registration/local-postgres'
import type { Scale } from './scale.ts'
import { type MeasuredDatabase, startDatabase } from './subjects/start-database.ts'
import type { PartnerCommand, PartnerState } from './workers/fake-partner.ts'
import type { Load, LoadOrder } from './workers/load-generator.ts'
import { startWorker, type Worker } from './workers/worker.ts'

/** What every contender performs between: the one partner and the one crowd of visitors. */
export interface Stage extends AsyncDisposable {
  partner: Worker<PartnerCommand, PartnerState>
  partnerUrl: string
  generator: Worker<LoadOrder, Load>
  openDatabase(): Promise<MeasuredDatabase>
  /** What every server of ours finds in its environment besides. */
  env: Readonly<Record<string, string>>
  /** What the e-mails of the next run begin with. */
  nextPrefix(): string
}

export async function startStage({ fsync, sharesPostgres }: Scale, env: Stage['env'] = {}): Promise<Stage> {
  await using started = new AsyncDisposableStack()
  const partner = started.use(startWorker<PartnerCommand, PartnerState>('./fake-partner.ts'))
  const generator = started.use(startWorker<LoadOrder, Load>('./load-generator.ts'))
  const shared = sharesPostgres ? started.use(await startThrowawayPostgres({ fsync })) : undefined
  const { url: partnerUrl } = await partner.ask({ latencyMs: 0 })
  const owned = started.move()
  let runs = 0
  return {
    partner,
    partnerUrl,
    generator,
    openDatabase: () => startDatabase(fsync, shared),
    env,
    nextPrefix: () => `run${++runs}-`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
