import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ActiveRun } from '@waymark/client/active-run'
import { reproTags } from '@waymark/contract/repro-report'
import { RunStatus } from '@waymark/contract/runs'
import { z } from 'zod'
import { quote, UserError } from '../user-error.ts'
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

const Winner = z.object({ family: z.string(), params: z.record(z.string(), z.unknown()) })

/**
 * Logs again what training logged when it ran: its history into `run`, its trials as child runs.
 * @param folder where the stage's paths start from
 * @param stage its name, for the tag that says so
 */
export async function replayTraining(run: ActiveRun, folder: string, stage: string, declared: Declared): Promise<void> {
  const { history, trials, best } = declared
  if (history === undefined && trials === undefined && best === undefined) return
  run.setTag(reproTags.replayed, stage)
  if (history !== undefined) logHistory(run, await readHistory(join(folder, history)))
  if (best !== undefined) run.logParams(bestParams(await readJson(join(folder, best))))
  if (trials === undefined) return
  for (const trial of Trials.parse(await readJson(join(folder, trials)))) {
    const child = await run.startChild({ runName: trial.name, tags: { [reproTags.replayed]: stage } })
    child.logParams(trial.params)
    logHistory(child, trial.history)
    child.logMetrics(withoutKeysOf(trial.history, trial.metrics))
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
  if (header !== 'key,step,value') throw notHistory(`${file}:1`, header ?? '')
  return lines.map((line, at) => {
    const [, key, step, value] = /^(.*),(-?\d+),([^,]+)$/.exec(line) ?? []
    if (key === undefined) throw notHistory(`${file}:${at + 2}`, line)
    return {
      key: key.replace(/^"(.*)"$/, (_, inner: string) => inner.replaceAll('""', '"')),
      step: Number(step),
      value: Number(value),
    }
  })
}

function notHistory(where: string, line: string): UserError {
  return new UserError('history-file', {
    message: `Cannot read the metric history at ${where}: expected key,step,value, found ${quote(line)}`,
    hint: 'Let the stage write CSV with these three columns, or take meta.waymark.history out of it',
  })
}

function logHistory(run: ActiveRun, points: readonly Point[]): void {
  for (const { key, step, value } of points) run.logMetric(key, value, { step })
}

/** The last point of a history is the metric already. */
function withoutKeysOf(history: readonly Point[], metrics: Readonly<Record<string, number>>): Record<string, number> {
  const keys = new Set(history.map(({ key }) => key))
  return Object.fromEntries(Object.entries(metrics).filter(([key]) => !keys.has(key)))
}

function bestParams(details: unknown): Record<string, unknown> {
  const { family, params } = Winner.parse(details)
  return Object.fromEntries(Object.entries({ family, ...params }).map(([key, value]) => [`best.${key}`, value]))
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'))
}
