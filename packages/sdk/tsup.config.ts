import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/**
 * What a call in JSON needs of httpLink's choices: our own `fetch`, one signal, no binary input, no transformer, and of
 * an error only what the server said or what was caught. The whole of them would cost 0.5 KB gzip.
 */
const TRIMMED = {
  'getFetch.ts': 'export const getFetch = (fetch) => fetch',
  'internals/signals.ts': 'export const raceAbortSignalsWithCleanup = (_, signal) => ({ signal, cleanup() {} })',
  'links/internals/contentTypes.ts': 'export const isFormData = () => false; export const isOctetType = isFormData',
  'unstable-internals.ts': `
    const unchanged = { serialize: (value) => value, deserialize: (value) => value }
    export const getTransformer = () => ({ input: unchanged, output: unchanged })`,
  'TRPCClientError.ts': `
    export const TRPCClientError = { from: (cause) => ({ data: cause.error?.data, cause }) }`,
}

/**
 * Bundles tRPC from its TypeScript sources, which it ships: compiled for older browsers than ours, as in its `dist`,
 * the same code is a quarter bigger.
 */
const trpcFromSource: Plugin = {
  name: 'trpc-from-source',
  setup(build) {
    build.onResolve({ filter: /^@trpc\// }, ({ path }) => {
      const [, name = '', entry = ''] = /^@trpc\/(\w+)\/(.+)$/.exec(path) ?? []
      const file = entry === 'observable' ? 'observable/index.ts' : `${entry}.ts`
      return { path: join(realpathSync(`node_modules/@trpc/${name}`), 'src', file), sideEffects: false }
    })
    for (const [file, contents] of Object.entries(TRIMMED)) {
      build.onLoad({ filter: new RegExp(`@trpc/client/src/${file}$`) }, () => ({ contents, loader: 'js' }))
    }
  },
}

const common: Options = {
  target: 'es2020',
  treeshake: true,
  esbuildPlugins: [trpcFromSource],
  noExternal: [/^@trpc\//, /^@registration\/shared/],
}

/** Declarations inline only what `paths` resolves. */
const paths = {
  '@registration/shared': ['../shared/src/index.ts'],
  '@registration/shared/router': ['../shared/src/registration-router.ts'],
}

const modules: Options = {
  ...common,
  format: ['esm', 'cjs'],
  splitting: false,
  platform: 'neutral',
  dts: { compilerOptions: { paths } },
}

export default defineConfig([
  { ...modules, entry: { index: 'src/index.ts' } },
  // These share the page's settings with the entry above, so they import it instead of bundling another one.
  { ...modules, entry: { compat: 'src/compat.ts' }, external: ['@registration/sdk'] },
  { ...modules, entry: { testing: 'src/testing.ts' } },
  // On its own: its declarations need @trpc/server, and nobody else's may.
  { ...modules, entry: { router: 'src/router.ts' } },
  {
    ...common,
    entry: { index: 'src/script-tag.ts' },
    format: 'iife',
    platform: 'browser',
    globalName: 'Registration',
    minify: 'terser',
    terserOptions: { ecma: 2020, compress: { passes: 3, unsafe_arrows: true }, format: { comments: false } },
  },
])
