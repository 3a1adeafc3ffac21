import { defineConfig } from 'vitest/config'

/** Tests against servers that `npm test` does not have. */
export default defineConfig({ test: { include: ['packages/storage/compat/*.test.ts'], testTimeout: 60_000 } })
