// `npm run bench:browser`: the old landing page against the new one, in a real Chromium. Prints two tables, and ends with
// 1 where the new page does not keep what it promises.
import '../../../scripts/end-with-parent.ts'
import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { runStep } from '../../../scripts/run-step.ts'
import { countSaved, type SavedFigures } from './count-saved.ts'
import { markdownTable } from './markdown-table.ts'
import { type LinkFigures, measureLinks } from './measure-links.ts'
import { startStage } from './start-stage.ts'

/** Fibre, a usual phone, a bad one. */
const ROUND_TRIPS_MS = [20, 150, 400]
/** At once, and a second: where the partner is slow, there is less to be won. */
const PARTNER_MS = [0, 1000]
/** To a deposit page that is served close to every visitor. */
const NEARBY_MS = 20

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, visitors: { type: 'string', default: '100' } },
})
const rounds = Number(values.rounds)
const visitors = Number(values.visitors)

const links: LinkFigures[] = []
const saved: SavedFigures[] = []
const tell = (what: string) => process.stderr.write(`${what} …\n`)
const load = () => `${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`

const build = ['node', 'scripts/build.cjs', '--filter=@registration/server', '--filter=@registration/sdk'] as const
const built = await runStep([...build, '--output-logs=errors-only'], {
  minutes: 10,
  signal: new AbortController().signal,
})
if (built.code !== 0) throw new Error(`The build failed.\n${built.output}`)
const loadAtStart = load()
{
  await using stage = await startStage()
  // The first visitors find a server that has compiled nothing yet.
  await measureLinks(stage, { roundTripMs: 1, partnerMs: 0, rounds: 5 })
  for (const partnerMs of PARTNER_MS) {
    for (const roundTripMs of ROUND_TRIPS_MS) {
      tell(`links over ${roundTripMs} ms, with a partner that takes ${partnerMs} ms`)
      links.push(await measureLinks(stage, { roundTripMs, partnerMs, rounds }))
    }
  }
  for (const roundTripMs of ROUND_TRIPS_MS) {
    for (const leavesOver of new Set([NEARBY_MS, roundTripMs])) {
      tell(`${visitors} visitors over ${roundTripMs} ms, who leave over ${leavesOver} ms`)
      saved.push(await countSaved(stage, { roundTripMs, leavesOver, visitors }))
    }
  }
}

const ms = (figure: number) => `${figure.toFixed(0)} ms`
const times = (figure: number) => `${figure.toFixed(1)} ×`
process.stdout.write(`From the click to the link: medians of ${rounds} visitors each, who took turns.

${markdownTable([
  ['round trip', 'partner takes', 'old', 'new', 'faster', 'new without warm()', 'faster'],
  ...links.map(({ roundTripMs, partnerMs, linkMs: { old, new: warm, 'new, cold': cold } }) => [
    ...[ms(roundTripMs), ms(partnerMs), ms(old)],
    ...[ms(warm), times(old / warm), ms(cold), times(old / cold)],
  ]),
])}

Saved users, of ${visitors} visitors whose page went on to the deposit link at once.

${markdownTable([
  ['round trip', 'to the deposit page', 'saved by the old page', 'by the new one'],
  ...saved.map(({ roundTripMs, leavesOver, saved: { old, new: now } }) => [
    ...[ms(roundTripMs), ms(leavesOver), `${old}`, `${now}`],
  ]),
])}

Load of the machine: ${loadAtStart} at the start, ${load()} at the end.
`)

const broken = [
  ...links
    .filter(({ linkMs }) => linkMs.new > linkMs.old || linkMs['new, cold'] > linkMs.old)
    .map(({ roundTripMs, partnerMs }) => `slower at ${roundTripMs} ms with a partner that takes ${partnerMs} ms`),
  ...links
    .filter(({ linkMs, partnerMs }) => partnerMs === 0 && linkMs.old / linkMs.new < 2)
    .map(({ roundTripMs }) => `less than twice as fast at ${roundTripMs} ms`),
  ...saved
    .filter(({ saved }) => saved.new < visitors)
    .map(({ roundTripMs, saved }) => `has lost ${visitors - saved.new} of ${visitors} users at ${roundTripMs} ms`),
]
if (broken.length > 0) {
  process.stderr.write(`The new page breaks its promise: ${broken.join('; ')}.\n`)
  process.exitCode = 1
}
