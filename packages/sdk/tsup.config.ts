import { defineConfig, type Options } from 'tsup'

const common: Options = {
  treeshake: true,
  noExternal: [/^@trpc\//, /^@registration\/shared/],
}

/** Declarations inline only what `paths` resolves. */
const paths = {
  '@registration/shared': ['../shared/src/index.ts'],
  '@registration/shared/router': ['../shared/src/registration-router.ts'],
}

const modules: Options = {
  ...common,
  // What webpack 4 can parse.
  target: 'es2019',
  format: ['esm', 'cjs'],
  splitting: false,
  platform: 'neutral',
  dts: { compilerOptions: { paths } },
}

export default defineConfig([
  { ...modules, entry: { index: 'src/index.ts' } },
  // It re-exports, so that a page that has both entries has the code once.
  { ...modules, entry: { compat: 'src/compat.ts', global: 'src/global.ts' }, external: ['@registration/sdk'] },
  { ...modules, entry: { testing: 'src/testing.ts' } },
  // On its own: its declarations need @trpc/server, and nobody else's may.
  { ...modules, entry: { router: 'src/router.ts' } },
  {
    ...common,
    target: 'es2020',
    entry: { index: 'src/script-tag.ts' },
    format: 'iife',
    platform: 'browser',
    minify: 'terser',
    terserOptions: {
      ecma: 2020,
      compress: { passes: 3, unsafe_arrows: true, inline: 1 },
      // Pages in other encodings read it, too.
      format: { comments: false, ascii_only: true },
    },
  },
])
