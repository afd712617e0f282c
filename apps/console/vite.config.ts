import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  base: '/console/',
  // The server writes a new one into each page that it sends: styles made at run time are allowed by it alone.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: 'baseline-widely-available',
    modulePreload: { polyfill: false },
    // In a folder of its own, since the server's build takes in whatever is in `dist`.
    outDir: 'dist/console',
    // An address inside a script or a stylesheet would need `data:` in the policy.
    assetsInlineLimit: 0,
    // The charts are the largest part, and loaded by the overview alone.
    chunkSizeWarningLimit: 700,
  },
})
