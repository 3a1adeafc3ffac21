import { join, relative } from 'node:path'
import { sayPublication } from '@waymark/client/say-publication'
import type { ReproEvent, ReproResult } from '@waymark/pipeline/events'
import { exitCodes } from '../exit-codes.ts'
import { keptFolder, projectRoot } from '../project.ts'
import type { Recorded, ReproRecorder } from '../record-repro.ts'
import type { Plan } from '../recorder/planned-stages.ts'
import type { Verb, VerbContext } from '../verb.ts'
import { sayStage, wasInterrupted } from '../words/say-stage.ts'
import { sayFailure, saySummary } from '../words/say-summary.ts'
import { margin, stageOutput } from '../words/stage-output.ts'

interface Flags {
  readonly force?: boolean
  readonly track: boolean
  readonly trackingUri?: string
}

/** `waymark repro`: runs the stages that are not up to date, and records them in a run. */
export const repro: Verb = {
  define(command, context) {
    command
      .argument('[targets...]', 'stages to reproduce, with what they need (default: all)')
      .option('-f, --force', 'run also what is up to date')
      .option('--tracking-uri <uri>', 'the tracking server to record the run on [MLFLOW_TRACKING_URI]')
      .option('--no-track', 'go on without a tracking server')
      .action((targets: string[], flags: Flags) => reproduceAndSay(targets, flags, context))
  },
}

async function reproduceAndSay(targets: readonly string[], flags: Flags, context: VerbContext): Promise<void> {
  const { cwd, stdout, stderr, signal } = context
  const startedAt = performance.now()
  const root = projectRoot(cwd)
  const configFile = relative(cwd, join(root, 'config.yaml'))
  const problems: string[] = []
  const recorder = await recorderOf({ root, configFile }, targets, flags, {
    ...context,
    onProblem: (words) => problems.push(words),
  })
  const { reproduce } = await import('@waymark/pipeline/reproduce')
  const output = stageOutput(context)
  const say = (event: ReproEvent): void => {
    if (event.kind === 'output') output.write(event)
    else output.close()
    if (event.kind === 'note') stderr.write(`${event.text}\n`)
    if (event.kind === 'stage done') stdout.write(`${sayStage(event.result)}\n`)
  }
  try {
    let recorded: Recorded | undefined
    let plan: Plan | undefined
    const result = await reproduce({
      root,
      targets,
      force: flags.force ?? false,
      signal,
      onEvent(event) {
        say(event)
        recorder?.onEvent(event)
      },
      async begin(first) {
        if (!recorder) {
          const { planRepro } = await import('../recorder/planned-stages.ts')
          plan = await planRepro(root, targets) // so that its faults are told before anything runs
        }
        return { ...terminalOf(stdout), ...(await recorder?.begin(first)) }
      },
      async settle(result) {
        const sayAside = (line: string) => stderr.write(`${line}\n`)
        recorded = await settle(result, { recorder, plan, signal, say: sayAside }).finally(() =>
          stdout.write(`${saySummary(result.stages, (performance.now() - startedAt) / 1000)}\n`),
        )
      },
    })
    if (recorded) stdout.write(sayRun(recorded))
    if (flags.track && !recorder) {
      const why = await whyUntracked(configFile, flags.trackingUri || context.env['MLFLOW_TRACKING_URI'])
      if (why) stdout.write(`not tracked: ${why}\n`)
    }
    for (const stage of result.stages) {
      if (stage.state === 'failed' && !wasInterrupted(stage)) stderr.write(sayFailure(stage))
    }
    if (recorded?.notPublished) throw recorded.notPublished
    if (result.state === undefined) context.exit(exitCodes.failure)
  } catch (error) {
    const broken = await recorder?.abandon(signal.aborted ? 'KILLED' : 'FAILED')
    if (broken) stdout.write(sayRun(broken))
    throw error
  } finally {
    for (const words of new Set(problems)) stderr.write(`waymark: ${words}\n`)
  }
}

async function settle(
  result: ReproResult,
  options: {
    readonly recorder: ReproRecorder | undefined
    readonly plan: Plan | undefined
    readonly signal: AbortSignal
    say(line: string): void
  },
): Promise<Recorded | undefined> {
  const { recorder, plan, signal, say } = options
  if (!recorder) {
    if (plan && result.state !== undefined) {
      const { leaveBuildDetails } = await import('../recorder/build-details.ts')
      await leaveBuildDetails(plan, result)
    }
    return undefined
  }
  const slow = setTimeout(() => say('The stages are done; waiting for the tracking server to take the run'), slowMs)
  return (signal.aborted ? recorder.abandon('KILLED') : recorder.finish(result)).finally(() => clearTimeout(slow))
}

/** A server that answers has taken a run by then. */
const slowMs = 3_000

/** @returns undefined where nothing is to be tracked. */
async function recorderOf(
  { root, configFile }: { root: string; configFile: string },
  targets: readonly string[],
  flags: Flags,
  { env, signal, onProblem }: VerbContext & { onProblem: (words: string) => void },
): Promise<ReproRecorder | undefined> {
  const { readTracking } = await import('@waymark/settings/tracking')
  const tracking = await readTracking(configFile)
  if (!tracking || !flags.track) return undefined
  const { chooseServer } = await import('../recorder/choose-server.ts')
  const { hurried } = await import('@waymark/client/hurried')
  const chosen = await chooseServer({
    root,
    env,
    flag: flags.trackingUri,
    configured: tracking.uri,
    experimentName: tracking.experimentName,
  })
  const server = { ...chosen, server: hurried(chosen.server, signal) }
  const { sendSpool } = await import('@waymark/client/send-spool')
  const stateFolder = keptFolder(root)
  const spool = await sendSpool(join(stateFolder, 'spool'), { env, instead: server.server, hurry: signal })
  spool.problems.forEach(onProblem)
  const { recordRepro } = await import('../record-repro.ts')
  const { withoutCredentials } = await import('../recorder/git-state.ts')
  return recordRepro({
    root,
    targets,
    stateFolder,
    env,
    server,
    tracking,
    command: ['waymark', ...process.argv.slice(2)].map(withoutCredentials),
    now: Date.now,
    signal,
    onProblem,
  })
}

/** @returns undefined for a project that never asked for tracking, and no server is named for it either. */
async function whyUntracked(configFile: string, server: string | undefined): Promise<string | undefined> {
  if (await isSwitchedOff(configFile)) return 'tracking.experiment_name is false'
  return server && 'no experiment is named, set tracking.experiment_name in config.yaml'
}

/** Whether a config.yaml says `tracking.experiment_name: false`; one that says nothing of tracking may be no YAML. */
async function isSwitchedOff(configFile: string): Promise<boolean> {
  const { readSettingsFile } = await import('@waymark/settings/settings-file')
  const { SettingsError } = await import('@waymark/settings/settings-error')
  const { z } = await import('zod')
  const SwitchedOff = z.object({ tracking: z.object({ experiment_name: z.literal(false) }) })
  try {
    return SwitchedOff.safeParse((await readSettingsFile(configFile)).value).success
  } catch (error) {
    if (error instanceof SettingsError) return false
    throw error
  }
}

function sayRun({ name, url, held, publication }: Recorded): string {
  const lines = [held ? `Nothing to do: run ${name} holds this state   ${url}` : `run ${name}   ${url}`]
  if (publication) {
    lines.push(sayPublication(publication), ...(publication.warning ? [publication.warning] : []))
  }
  return `${lines.join('\n')}\n`
}

/** A stage writes into a pipe: this tells it that a progress bar would be seen, and how wide it may be. */
function terminalOf(stdout: NodeJS.WriteStream): Record<string, string> {
  return stdout.isTTY ? { WAYMARK_PROGRESS: '1', COLUMNS: String(stdout.columns - margin.length) } : {}
}
