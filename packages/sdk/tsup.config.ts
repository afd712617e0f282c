import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

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
  },
}

const common: Options = {
  target: 'es2020',
  minify: true,
  treeshake: true,
  esbuildPlugins: [trpcFromSource],
  noExternal: [/^@trpc\/client/, /^@registration\/shared/],
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
  // On its own: its declarations need @trpc/server, and nobody else's may.
  { ...modules, entry: { router: 'src/router.ts' } },
  {
    ...common,
    entry: { index: 'src/index.ts' },
    format: 'iife',
    platform: 'browser',
    globalName: 'Registration',
  },
])
