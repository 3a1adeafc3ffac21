import { familyOf } from '@waymark/model-kit/families/families'
import type { HyperParams } from '@waymark/model-kit/families/family'
import type { Model } from '@waymark/model-kit/model'
import { seeded, shuffle } from '@waymark/model-kit/random'
import {
  classificationMetrics,
  regressionMetrics,
  type SearchRange,
  type SearchSpace,
  type TrainingSettings,
} from '@waymark/settings/training'
import { StageError } from '../stage.ts'

/** A model to be fitted: what stands fixed before it is. */
export interface TrialPlan {
  /** Of the search, from 0; ties between trials go to the lowest. */
  readonly index: number
  readonly name: string
  readonly family: string
  readonly params: HyperParams
  /** 1 for a family that is fitted to convergence. */
  readonly epochs: number
}

/** One number of a metric's history. */
export interface Point {
  readonly key: string
  /** The epoch, or the index of the trial; from 0. */
  readonly step: number
  readonly value: number
}

export interface TrialResult {
  readonly plan: TrialPlan
  readonly history: readonly Point[]
}

/** @throws {StageError} where a family or the metric does not suit the task. */
export function refuseMisfits({ models, select }: TrainingSettings, task: Model['task']): void {
  const faults = Object.keys(models)
    .filter((name) => !familyOf(name).tasks.includes(task))
    .map((name) => {
      const instead = task === 'regression' ? 'linear' : 'logistic'
      return `config.yaml training.models.${name}: expected a family for ${task} (data.task), found one for ${familyOf(name).tasks.join()}. Take ${instead}`
    })
  const metrics: readonly string[] = task === 'regression' ? regressionMetrics : classificationMetrics
  if (!metrics.includes(select.metric))
    faults.push(
      `config.yaml training.select.metric: expected one of ${metrics.join(', ')} for ${task} (data.task), found ${select.metric}`,
    )
  if (faults.length > 0) throw new StageError(faults.join('\n'))
}

/** The trials of a search, family by family: every combination of a grid, or draws by the seed. */
export function planTrials({ models, search, epochs, winner }: TrainingSettings): TrialPlan[] {
  const perFamily = Object.entries(models).flatMap(([family, spaces]) =>
    combinations(spaces ?? {}, search).map((params) => ({ family, params })),
  )
  const digits = String(perFamily.length).length
  return perFamily.map(({ family, params }, index) => ({
    index,
    name: `trial-${String(index + 1).padStart(digits, '0')}-${family}`,
    family,
    params,
    epochs: familyOf(family).learnsInEpochs
      ? winner === 'as_is'
        ? search.epochs
        : Math.min(search.epochs, epochs)
      : 1,
  }))
}

/** @returns the best trial of each family, in the order of the families. */
export function finalistsOf<Result extends TrialResult>(
  results: readonly Result[],
  select: TrainingSettings['select'],
): Result[] {
  const families = [...new Set(results.map(({ plan }) => plan.family))]
  return families.map((family) =>
    bestOf(
      results.filter(({ plan }) => plan.family === family),
      select,
    ),
  )
}

/** @returns the plan of a finalist's fit with all epochs; undefined where its trial had them already. */
export function refitOf({ plan }: TrialResult, { epochs, winner }: TrainingSettings): TrialPlan | undefined {
  if (winner === 'as_is' || !familyOf(plan.family).learnsInEpochs || plan.epochs === epochs) return undefined
  return { ...plan, name: `final-${plan.family}`, epochs }
}

/** @returns the result whose metric is best where its history ends; the first of equals; NaN is worse than any number. */
export function bestOf<Result extends TrialResult>(
  results: readonly Result[],
  { metric, direction }: TrainingSettings['select'],
): Result {
  const [first, ...others] = results
  if (!first) throw new Error('there is no result to choose from')
  return others.reduce((best, other) => {
    const isBetter = better(lastValue(other.history, metric), lastValue(best.history, metric), direction)
    return isBetter ? other : best
  }, first)
}

/** @throws {StageError} where not even the winner has a number: every fit has diverged. */
export function refuseDiverged({ history }: TrialResult, { metric }: TrainingSettings['select']): void {
  if (!Number.isNaN(lastValue(history, metric))) return
  throw new StageError(
    `config.yaml training.models: expected a trial with a number for ${metric}, found none: every fit has diverged. Lower learning_rate`,
  )
}

/** @returns the best value of the metric among the first trials, trial by trial: how the search went. */
export function searchHistory(
  results: readonly TrialResult[],
  { metric, direction }: TrainingSettings['select'],
): Point[] {
  let best = Number.NaN
  return results.map(({ plan, history }) => {
    const value = lastValue(history, metric)
    if (better(value, best, direction)) best = value
    return { key: `best_${metric}`, step: plan.index, value: best }
  })
}

/** @returns the values of a history where it ends, by key. */
export function lastValues(history: readonly Point[]): Record<string, number> {
  return Object.fromEntries(history.map(({ key, value }) => [key, value]))
}

/** @returns what a trial was fitted with, as a run's params and the model's details show it. */
export function shownParams({ family, params, epochs }: TrialPlan): HyperParams {
  return familyOf(family).learnsInEpochs ? { ...params, epochs } : params
}

/** @returns the hyper-parameters of each family that its trials differ in. */
export function searchedKeys(plans: readonly TrialPlan[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...Map.groupBy(plans, ({ family }) => family)].map(([family, some]) => {
      const keys = Object.keys(some[0]?.params ?? {})
      return [family, keys.filter((key) => new Set(some.map(({ params }) => JSON.stringify(params[key]))).size > 1)]
    }),
  )
}

/** @returns the metrics with a prefix, as `test_accuracy`. */
export function prefixed(prefix: string, metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).map(([key, value]) => [`${prefix}_${key}`, value]))
}

function lastValue(history: readonly Point[], metric: string): number {
  return history.findLast(({ key }) => key === metric)?.value ?? Number.NaN
}

function better(value: number, than: number, direction: 'maximize' | 'minimize'): boolean {
  if (Number.isNaN(value)) return false
  return Number.isNaN(than) || (direction === 'maximize' ? value > than : value < than)
}

function combinations(
  spaces: Readonly<Record<string, SearchSpace>>,
  search: TrainingSettings['search'],
): HyperParams[] {
  const lists = Object.entries(spaces).filter((entry): entry is [string, readonly unknown[]] => isList(entry[1]))
  const isListed = lists.length === Object.keys(spaces).length
  const grid = isListed ? gridOf(lists) : []
  if (search.kind === 'grid') return grid
  const random = seeded(search.seed)
  // A finite space is drawn from without putting back, and listed in the order of the grid.
  if (isListed) {
    const chosen = shuffle([...grid.keys()], random).slice(0, search.trials)
    return chosen.sort((a, b) => a - b).map((place) => grid[place] ?? {})
  }
  return Array.from({ length: search.trials }, () =>
    Object.fromEntries(Object.entries(spaces).map(([key, space]) => [key, draw(space, random)])),
  )
}

/** The last key changes fastest. */
function gridOf(lists: readonly (readonly [string, readonly unknown[]])[]): HyperParams[] {
  return lists.reduce<HyperParams[]>(
    (params, [key, values]) => params.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
    [{}],
  )
}

function draw(space: SearchSpace, random: () => number): unknown {
  if (isList(space)) return space[Math.floor(random() * space.length)]
  const { min, max, scale, whole } = space
  const share = random()
  const value = scale === 'log' ? min * (max / min) ** share : min + (max - min) * share
  return whole ? Math.round(value) : Number(value.toPrecision(4))
}

function isList(space: SearchSpace): space is Exclude<SearchSpace, SearchRange> {
  return Array.isArray(space)
}
