// The boundaries between modules, as one allow-list: a module may import only what its row names. `npm test` checks it;
// `npm run boundaries` checks it alone, by dependency-cruiser.

import type { IConfiguration, IForbiddenRuleType, IRegularForbiddenRuleType } from 'dependency-cruiser'

type Target = IRegularForbiddenRuleType['to']
type Row = readonly [path: string, modules: string, libraries: string]

const server = 'apps/server/src/'

/**
 * Each row is `name: [path, modules, libraries]`: what a module may import besides itself. A row may name only modules above
 * it, so modules can't form a cycle. `type:X` allows type-only imports of X; `node` stands for Node's built-in modules.
 */
export const MODULES: Record<string, Row> = {
  shared: ['packages/shared/', '', 'zod @trpc/server'],
  'local-postgres': ['packages/local-postgres/', '', 'node pg'],
  'local-browser': ['packages/local-browser/', '', 'node playwright-core @sparticuz/chromium'],
  'partner-sandbox': ['packages/partner-sandbox/', '', 'node msw jose'],
  'test-harness': ['packages/test-harness/', '', 'node vitest'],
  sdk: ['packages/sdk/(src|dist)/', 'shared', '@trpc/client msw'],
  console: ['apps/console/', 'shared', '@mantine @tanstack/react-query @trpc/client get-nonce react react-dom wouter'],
  landing: ['apps/landing/src/', 'sdk', 'lit-html'],
  'serve-landing': ['apps/landing/serve-landing.ts', 'landing', 'node sirv'],

  registration: [`${server}registration/`, 'shared', 'url'],
  basics: [`${server}(host-urls|project-node).ts`, '', 'node'],
  config: [`${server}config/`, 'basics', 'node zod ipaddr.js fastest-levenshtein'],
  recovery: [`${server}recovery/`, 'registration', ''],
  events: [`${server}events/`, 'shared registration recovery', 'node undici'],
  operators: [`${server}operators/`, 'shared', ''],
  store: [`${server}store/`, 'shared registration basics events operators', 'node kysely pg uuid'],
  partner: [`${server}partner/`, 'shared registration', 'node ipaddr.js ofetch undici'],
  journal: [`${server}journal/`, 'registration store', 'node fs-native-extensions'],
  verification: [`${server}verification/`, 'registration type:config', 'fast-jwt jose'],
  observability: [
    `${server}observability/`,
    'shared registration type:config type:events type:journal type:operators type:recovery',
    'node type:fastify pino prom-client @opentelemetry',
  ],
  http: [
    `${server}http/`,
    'shared registration events observability operators type:config type:verification',
    'node fastify @fastify @trpc/server zod zod-openapi ipaddr.js lru-cache uuid',
  ],
  // The composition root: only it and the command line create connections and wire modules together.
  compose: [
    `${server}compose.ts`,
    'config events http journal observability partner recovery registration store verification',
    'fastify kysely pino',
  ],
  entries: [
    `${server}(main|plugin|serve).ts`,
    'basics compose config http registration local-postgres',
    'type:fastify fastify-plugin pino',
  ],
  cli: [
    `${server}cli/`,
    'shared basics config http journal observability operators partner registration store',
    'node cli-progress commander kysely zod',
  ],

  scripts: [
    'scripts/',
    'landing serve-landing local-browser local-postgres sdk test-harness',
    'node esbuild pg playwright-core vite',
  ],
  bench: ['bench/', 'shared store local-postgres scripts', 'node autocannon fastify jose kysely pg undici'],
}

/** Tests import what they need, and build configuration belongs to no module. */
export const NOT_CHECKED =
  '\\.test\\.tsx?$|/test/|/node_modules/|\\.config\\.ts$|^packages/sdk/(bench|examples|scripts|[^/]+\\.ts)'

export const words = (text: string) => text.split(' ').filter((word) => word !== '')

/** What a word of a row stands for, as a pattern of resolved paths. Before a package is built, its path is its name. */
export function target(word: string): string {
  const name = word.replace('type:', '')
  const path = MODULES[name]?.[0].replaceAll('.', '\\.')
  return path ? `^${path}|^@registration/${name}(/|$)` : `(^|/node_modules/)${name}(/(?!.*/node_modules/)|$)`
}

function rulesOf(
  [name, [, modules, libraries]]: [string, Row],
  index: number,
  rows: [string, Row][],
): IForbiddenRuleType[] {
  const above = rows.slice(0, index).map(([other]) => other)
  const misplaced = words(modules).find((word) => !above.includes(word.replace('type:', '')))
  if (misplaced) throw new Error(`Boundaries: ${name} names ${misplaced}, which is no module above it.`)
  const from = { path: target(name), pathNot: NOT_CHECKED }
  const allowed = words(`${name} ${modules} ${libraries}`)
  const types = allowed.filter((word) => word.startsWith('type:')).map(target)
  const builtIn: Target = allowed.includes('node') ? { dependencyTypesNot: ['core'] } : {}
  const rule = (to: Target): IForbiddenRuleType => ({
    name,
    comment: `${name} may import: ${allowed.join(', ')}`,
    severity: 'error',
    from,
    to,
  })
  return [
    rule({ pathNot: allowed.filter((word) => word !== 'node').map(target), ...builtIn }),
    ...(types.length > 0 ? [rule({ path: types, dependencyTypesNot: ['type-only'] })] : []),
  ]
}

const config: IConfiguration = {
  forbidden: [
    ...Object.entries(MODULES).flatMap(rulesOf),
    {
      name: 'no-row',
      comment: 'This file belongs to no module: give its folder a row in boundaries.config.ts.',
      severity: 'error',
      from: { path: '\\.[cm]?tsx?$', pathNot: [NOT_CHECKED, ...Object.keys(MODULES).map(target)] },
      to: {},
    },
    {
      name: 'cycle',
      comment: 'These files need each other to load.',
      severity: 'error',
      from: { pathNot: NOT_CHECKED },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: '(^|/)node_modules/|/dist/' },
    exclude: { path: '^packages/sdk/publish/' },
    // Type imports count, too.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { conditionNames: ['import', 'types', 'node', 'default'], exportsFields: ['exports'] },
  },
}

export default config
