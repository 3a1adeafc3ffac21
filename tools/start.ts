/** `npm start`: database, tracking server with the web UI, prediction app, and the pipeline once; until it is told to end. */
import { constants } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startHouse } from './start/house.ts'
import { isModelServed } from './start/model-served.ts'
import { runRepro } from './start/run-repro.ts'
import { sayTo } from './start/say.ts'
import { StartError } from './start/start-error.ts'

const root = join(import.meta.dirname, '..')
const usage = `Usage: npm start -- [--port N] [--prediction-port N] [--no-repro]     (flags stand behind the two dashes)`

const say = sayTo(process.stdout)
// A terminal that was closed takes no more words: everything ends in order all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', unlessNobodyReads)
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal))

try {
  if (process.argv.includes('--help')) {
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  }
  const { port, predictionPort, repro } = readFlags(process.argv.slice(2))
  await using house = await startHouse({ root, port, predictionPort, say, signal: stop.signal })
  if (repro) {
    say(`reproducing the pipeline (npm run repro)`)
    const code = await runRepro(root, house.trackingUri, stop.signal)
    if (code !== 0 && !stop.signal.aborted)
      say('the repro failed; the servers stay up. Mend what it names, then run: npm run repro')
  }
  if (!stop.signal.aborted) {
    const isServed = await isModelServed(house.predictionUri, { withinMs: 2_000, signal: stop.signal })
    say(`experiments and runs   ${house.trackingUri}`)
    say(`predictions            ${house.predictionUri}/invocations${isServed ? '' : '   (no model yet)'}`)
    say('Ctrl-C ends everything; the data stays in .waymark/')
    await aborted(stop.signal)
  }
  say('ending')
} catch (error) {
  process.exitCode = 1
  if (error instanceof StartError) process.stderr.write(`${error.message}\n${error.hint}\n`)
  else if (stop.signal.aborted) process.exitCode = 128 + constants.signals[stop.signal.reason as NodeJS.Signals]
  else throw error
}

function readFlags(args: string[]): { port: number; predictionPort: number; repro: boolean } {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string', default: '5000' },
        'prediction-port': { type: 'string', default: '8080' },
        repro: { type: 'boolean', default: true },
      },
      allowNegative: true,
    })
    const port = portOf('--port', values.port)
    const predictionPort = portOf('--prediction-port', values['prediction-port'])
    if (port === predictionPort && port !== 0) {
      throw new StartError(`Cannot use port ${port} for both the tracking server and the prediction app`, usage)
    }
    return { port, predictionPort, repro: values.repro }
  } catch (error) {
    if (error instanceof TypeError) throw new StartError(error.message, usage)
    throw error
  }
}

/** 0 stands for any free port. */
function portOf(flag: string, text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port
  throw new StartError(
    `Cannot use ${flag} ${JSON.stringify(text)}: expected a port from 0 (any free one) to 65535`,
    usage,
  )
}

function unlessNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
