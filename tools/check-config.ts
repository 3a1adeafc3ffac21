/** `npm run repro` begins with it: a slip in the section of a late stage is told before the first one runs for nothing. */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Each repro waits for this.
enableCompileCache(join(import.meta.dirname, '../.waymark/compile-cache'))
const { readSettings } = await import('@waymark/settings/read-settings')
const { SettingsError } = await import('@waymark/settings/settings-error')

try {
  await readSettings('config.yaml')
} catch (error) {
  if (!(error instanceof SettingsError)) throw error
  console.error(`${error.message}\nNothing was run. Mend it, then run the same command again`)
  process.exitCode = 1
}
