import { defineConfig } from 'vite'

export default defineConfig({
  // The page may be served from any folder.
  base: './',
  build: { target: 'baseline-widely-available', modulePreload: { polyfill: false } },
})
