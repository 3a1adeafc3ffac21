import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { csvField } from '@waymark/model-kit/csv'
import { evaluate } from '@waymark/model-kit/evaluate'
import { familyOf } from '@waymark/model-kit/families/families'
import type { Observations } from '@waymark/model-kit/families/family'
import type { Row } from '@waymark/model-kit/model'
import { type Profile, readProfile, readSplit, type Split } from '@waymark/model-kit/processed-data'
import { encodeRows, featureGroups, RowEncoding } from '@waymark/model-kit/row-encoder'
import { saveModel } from '@waymark/model-kit/save-model'
import type { ModelParts } from '@waymark/model-kit/trained-model'
import { jsonText, runAsProgram, type Stage, type StageContext, writeOutput } from '../stage.ts'
import { logPoints, logTrials, type TrialLog } from './log-trials.ts'
import { type Progress, showProgress } from './progress.ts'
import { openTrialPool, type Trial, type TrialListener, workersFor } from './search.ts'
import {
  bestOf,
  finalistsOf,
  lastValues,
  type Point,
  planTrials,
  prefixed,
  refitOf,
  refuseDiverged,
  refuseMisfits,
  searchedKeys,
  searchHistory,
  shownParams,
} from './transform.ts'

interface Prepared {
  readonly profile: Profile
  readonly encoding: RowEncoding
  readonly train: Observations
  readonly validation: Observations
  readonly test: Observations
  /** Rows that show what the model takes. */
  readonly examples: readonly Row[]
}

interface Trained {
  readonly winner: Trial
  readonly model: ModelParts
  /** All fits: the search, then the final ones. */
  readonly trials: readonly Trial[]
  /** Of the run: the winner's, and how the search went. */
  readonly history: readonly Point[]
  readonly metrics: Readonly<Record<string, number>>
  readonly examples: readonly Row[]
}

/** Clean rows → the best model that a search across families finds, as an MLflow model folder. */
export const training: Stage<'training', Prepared, Trained> = {
  name: 'training',
  sections: ['training'],

  async read({ folder, settings, note }) {
    const processed = join(folder, 'data', 'processed')
    const profile = await readProfile(processed)
    refuseMisfits(settings.training, profile.task)
    const encoding = RowEncoding.parse(JSON.parse(await readFile(join(processed, 'encoder.json'), 'utf8')))
    const train = await readSplit(processed, 'train', profile)
    const prepared = {
      ...{ profile, encoding },
      train: observe(train, encoding),
      validation: observe(await readSplit(processed, 'validation', profile), encoding),
      test: observe(await readSplit(processed, 'test', profile), encoding),
      examples: train.rows.slice(0, 2),
    }
    note(`${prepared.train.rows.toLocaleString('en')} rows to train on, ${prepared.train.width} inputs`)
    return prepared
  },

  async transform(prepared, at) {
    const { training: settings } = at.settings
    const { trials, finals } = await fitAll(prepared, at)
    const winner = bestOf(finals, settings.select)
    refuseDiverged(winner, settings.select)
    const history = [...winner.history, ...searchHistory(trials, settings.select)]
    logPoints(at.run, winner.history)
    at.run?.logParams(prefixedParams(winner))
    const refits = finals.filter((final) => !trials.includes(final))
    const { task, target, classes } = prepared.profile
    const { metrics, fitted } = await judge(finals, winner, prepared, settings.backend)
    at.note(
      `${winner.plan.name} wins, ${Object.entries(metrics)
        .slice(0, 2)
        .map(([key, value]) => `${key} ${value.toFixed(4)}`)
        .join(', ')}`,
    )
    return {
      ...{ winner, history, metrics, trials: [...trials, ...refits], examples: prepared.examples },
      model: { task, target, classes, family: winner.plan.family, encoding: prepared.encoding, fitted },
    }
  },

  async load({ winner, model, trials, history, metrics, examples }, { folder, note }) {
    using _fitted = model.fitted
    await saveModel(join(folder, 'models', 'winner'), model, {
      inputExample: examples,
      details: { params: shownParams(winner.plan), metrics },
    })
    const reports = join(folder, 'reports', 'training')
    await writeOutput(join(reports, 'metrics.json'), jsonText(metrics))
    await writeOutput(join(reports, 'history.csv'), historyText(history))
    await writeOutput(join(reports, 'trials.json'), jsonText(trials.map(describeTrial)))
    note('models/winner, reports/training')
  },
}

/** Searches, then fits the best of each family with all epochs. */
async function fitAll(
  { profile, train, validation }: Prepared,
  { settings: { training: settings }, env, out, run, say }: StageContext<'training'>,
): Promise<{ trials: Trial[]; finals: Trial[] }> {
  const plans = planTrials(settings)
  const workers = workersFor(plans.length, env)
  const data = {
    ...{ task: profile.task, outputs: profile.classes.length || 1, train, validation },
    ...{ seed: settings.seed, backend: settings.backend },
  }
  await using pool = await openTrialPool(data, { workers })
  await using log = run && logTrials(run, (words) => say(`training  ${words}`))
  const total = plans.reduce((sum, { epochs }) => sum + epochs, 0)
  using progress = showProgress(out, env, { label: 'training', total })
  const listener = listenTo({ progress, log, metric: settings.select.metric, searched: searchedKeys(plans) })
  const best = bestSoFar(plans.length, (trials) => logPoints(run, searchHistory(trials, settings.select).slice(-1)))
  const trials = await pool.run(plans, {
    onNews: listener.onNews,
    onEnd(trial) {
      listener.onEnd(trial)
      best(trial)
    },
  })
  const finalists = finalistsOf(trials, settings.select).map((trial) => ({ trial, refit: refitOf(trial, settings) }))
  progress.extend(finalists.reduce((sum, { refit }) => sum + (refit?.epochs ?? 0), 0))
  const finals = await Promise.all(
    finalists.map(async ({ trial, refit }) => (refit ? ((await pool.run([refit], listener))[0] ?? trial) : trial)),
  )
  return { trials, finals }
}

/** Tells of the trials from the first on without a gap, so that the history of the search is the same however they end. */
function bestSoFar(count: number, tell: (trials: readonly Trial[]) => void): (trial: Trial) => void {
  const ended: (Trial | undefined)[] = new Array(count).fill(undefined)
  let told = 0
  return (trial) => {
    ended[trial.plan.index] = trial
    while (told < count && ended[told]) {
      told++
      tell(ended.slice(0, told).filter((one) => one !== undefined))
    }
  }
}

function listenTo({
  progress,
  log,
  metric,
  searched,
}: {
  progress: Progress
  log: TrialLog | undefined
  metric: string
  searched: ReadonlyMap<string, readonly string[]>
}): TrialListener {
  return {
    onNews(news) {
      if (news.points.length > 0) progress.advance(1)
      log?.onNews(news)
    },
    onEnd(trial) {
      const { name, family, params } = trial.plan
      const shown = (searched.get(family) ?? []).map((key) => `${key} ${JSON.stringify(params[key])}`)
      const value = lastValues(trial.history)[metric] ?? Number.NaN
      progress.line(`training  ${[name, ...shown].join('  ')}  ${metric} ${value.toFixed(4)}`)
      log?.onEnd(trial)
    },
  }
}

/** How good the finalists are on rows that no choice has looked at, the winner under the bare names. */
async function judge(
  finals: readonly Trial[],
  winner: Trial,
  { profile: { task }, train, test }: Prepared,
  backend: Parameters<ReturnType<typeof familyOf>['load']>[1]['backend'],
): Promise<{ metrics: Record<string, number>; fitted: ModelParts['fitted'] }> {
  const fitted = await familyOf(winner.plan.family).load(winner.files, { backend })
  const metrics = {
    ...prefixed('test', evaluate(task, fitted.scores(test.inputs, test.rows), test.targets)),
    ...prefixed('train', evaluate(task, fitted.scores(train.inputs, train.rows), train.targets)),
  }
  for (const { plan, files } of finals) {
    using model = await familyOf(plan.family).load(files, { backend })
    const ofFamily = evaluate(task, model.scores(test.inputs, test.rows), test.targets)
    Object.assign(metrics, prefixed(`${plan.family}_test`, ofFamily))
  }
  return { metrics, fitted }
}

function observe({ rows, targets }: Split, encoding: RowEncoding): Observations {
  const width = featureGroups(encoding).reduce((sum, group) => sum + group.width, 0)
  return { inputs: encodeRows(encoding, rows), targets, rows: rows.length, width }
}

function prefixedParams({ plan }: Trial): Record<string, unknown> {
  const params = Object.entries({ family: plan.family, ...shownParams(plan) })
  return Object.fromEntries(params.map(([key, value]) => [`best.${key}`, value]))
}

function historyText(history: readonly Point[]): string {
  return `${['key,step,value', ...history.map(({ key, step, value }) => `${csvField(key)},${step},${value}`)].join('\n')}\n`
}

/** As the recorder replays it into a child run. */
function describeTrial({ plan, history }: Trial): Record<string, unknown> {
  const params = { family: plan.family, ...shownParams(plan) }
  return { name: plan.name, params, metrics: lastValues(history), history, status: 'FINISHED' }
}

if (import.meta.main) await runAsProgram(training)
