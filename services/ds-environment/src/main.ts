/** Productive mode (`WAYMARK_MODE=production docker compose up`): from the data to the served model, once, then it ends. */
import { sayPublication } from '@waymark/client/say-publication'
import { deployInOneGo } from './productive-mode.ts'
import { isForUser } from './stage.ts'

const stop = new AbortController()
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    process.exitCode = code
    stop.abort(new Error(`ended by ${signal}`))
  })
}

try {
  const { env, stdout } = process
  const { runId, publication } = await deployInOneGo({ project: process.cwd(), env, out: stdout, signal: stop.signal })
  stdout.write(`production  ${sayPublication(publication)}\nproduction  done, run ${runId}\n`)
  if (publication.warning) console.error(publication.warning)
} catch (error) {
  if (!stop.signal.aborted) {
    console.error(isForUser(error) ? error.message : error)
    process.exitCode = 1
  }
}
// Workers of an aborted training would hold the process.
process.exit()
