import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const server = process.env['WAYMARK_TRACKING_URI'] ?? 'http://127.0.0.1:5000'

export default defineConfig({
  // Asset addresses are relative to <base>, so one build serves any path prefix.
  base: './',
  plugins: [react(), compressed()],
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

/** Scripts and styles once more as .gz beside themselves: the tracking server sends those where a browser takes them. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle({ dir = '' }, bundle) {
      const files = Object.keys(bundle).filter((name) => /\.(js|css)$/.test(name))
      await Promise.all(
        files.map(async (name) => {
          const path = join(dir, name)
          await writeFile(`${path}.gz`, await promisify(gzip)(await readFile(path), { level: 9 }))
        }),
      )
    },
  }
}
