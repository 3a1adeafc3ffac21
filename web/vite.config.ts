import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env['WAYMARK_TRACKING_URI'] ?? 'http://127.0.0.1:5000'

export default defineConfig({
  // Asset addresses are relative to <base>, so one build serves any path prefix.
  base: './',
  plugins: [react()],
  build: {
    target: 'es2023',
    // No data: addresses for fonts: the Content-Security-Policy allows them from the server only.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
  },
  server: {
    proxy: Object.fromEntries(['/api', '/ajax-api', '/get-artifact', '/version'].map((path) => [path, server])),
  },
})
