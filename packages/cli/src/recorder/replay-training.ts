import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ActiveRun } from '@waymark/client/run'
import { reproTags } from '@waymark/contract/repro-report'
import { RunStatus } from '@waymark/contract/runs'
import { z } from 'zod'
import type { Declared } from './stage-meta.ts'

const Value = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)])
const Point = z.object({ key: z.string(), step: z.int(), value: Value })
type Point = z.output<typeof Point>

/** The trials of a search, as training leaves them. */
const Trials = z.array(
  z.object({
    name: z.string(),
    params: z.record(z.string(), z.unknown()),
    metrics: z.record(z.string(), Value),
    history: z.array(Point),
    status: RunStatus,
  }),
)

/**
 * Logs again what training logged when it ran: its history into `run`, its trials as child runs.
 * @param folder where the stage's paths start from
 * @param stage its name, for the tag that says so
 */
export async function replayTraining(run: ActiveRun, folder: string, stage: string, declared: Declared): Promise<void> {
  if (declared.history === undefined && declared.trials === undefined) return
  run.setTag(reproTags.replayed, stage)
  if (declared.history !== undefined) logHistory(run, await readHistory(join(folder, declared.history)))
  if (declared.trials === undefined) return
  for (const trial of Trials.parse(JSON.parse(await readFile(join(folder, declared.trials), 'utf8')))) {
    const child = await run.startChild({ runName: trial.name, tags: { [reproTags.replayed]: stage } })
    child.logParams(trial.params)
    logHistory(child, trial.history)
    child.logMetrics(trial.metrics, { step: lastStep(trial.history) })
    await child.end(trial.status)
  }
}

/** @returns the keys of the metric history that a stage leaves. */
export async function historyKeys(folder: string, declared: Declared): Promise<Set<string>> {
  if (declared.history === undefined) return new Set()
  return new Set((await readHistory(join(folder, declared.history))).map(({ key }) => key))
}

/** CSV with the header `key,step,value`; a key that holds a comma or a quote is quoted as in RFC 4180. */
async function readHistory(file: string): Promise<Point[]> {
  const [header, ...lines] = (await readFile(file, 'utf8')).split(/\r?\n/).filter(Boolean)
  if (header !== 'key,step,value') throw new Error(`${file} should begin with the line key,step,value`)
  return lines.map((line, at) => {
    const [, key, step, value] = /^(.*),(-?\d+),([^,]+)$/.exec(line) ?? []
    if (key === undefined) throw new Error(`${file}:${at + 2} should be key,step,value, not ${JSON.stringify(line)}`)
    return {
      key: key.replace(/^"(.*)"$/, (_, inner: string) => inner.replaceAll('""', '"')),
      step: Number(step),
      value: Number(value),
    }
  })
}

function logHistory(run: ActiveRun, points: readonly Point[]): void {
  for (const { key, step, value } of points) run.logMetric(key, value, { step })
}

/** A trial's final metrics stand at the step where its history ends, so that they are the latest. */
function lastStep(points: readonly Point[]): number {
  return points.reduce((last, { step }) => Math.max(last, step), 0)
}
