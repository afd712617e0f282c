import { defineConfig, type Options } from 'tsup'
import { trpcFromSource } from './trpc-from-source.ts'

const common: Options = {
  target: 'es2020',
  treeshake: true,
  esbuildPlugins: [trpcFromSource()],
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
    terserOptions: { ecma: 2020, compress: { passes: 3, unsafe_arrows: true, inline: 1 }, format: { comments: false } },
  },
])
