import { Training } from '@waymark/settings/training'
import { describe, expect, test } from 'vitest'
import {
  bestOf,
  finalistsOf,
  planTrials,
  refitOf,
  refuseDiverged,
  refuseMisfits,
  searchedKeys,
  searchHistory,
} from './transform.ts'

const select = { metric: 'validation_accuracy', direction: 'maximize' } as const
const mlp = { hidden: [[8], [16]], learning_rate: [0.1, 0.2, 0.3] }

describe('planned trials', () => {
  test('a grid is every combination, family by family', () => {
    const plans = planTrials(settings({ models: { majority: {}, mlp } }))
    expect(plans.map(({ name }) => name)).toEqual([
      'trial-1-majority',
      ...[2, 3, 4, 5, 6, 7].map((number) => `trial-${number}-mlp`),
    ])
    expect(plans[6]).toMatchObject({ index: 6, params: { hidden: [16], learning_rate: 0.3, l2: 0 }, epochs: 4 })
    expect(searchedKeys(plans).get('mlp')).toEqual(['hidden', 'learning_rate'])
  })

  test('a random search draws different combinations of lists, the same ones for the same seed', () => {
    const draw = (seed: number) =>
      planTrials(settings({ models: { mlp }, search: { kind: 'random', trials: 4, seed } })).map(({ params }) =>
        JSON.stringify(params),
      )
    expect(new Set(draw(1)).size).toBe(4)
    expect(draw(1)).toEqual(draw(1))
    expect(draw(3)).not.toEqual(draw(1))
  })

  test('a range is drawn from within its bounds, whole numbers where it must be', () => {
    const ranges = { learning_rate: { min: 1e-4, max: 1e-1, scale: 'log' }, batch_size: { min: 8, max: 64 } }
    const plans = planTrials(settings({ models: { mlp: ranges }, search: { kind: 'random', trials: 30 } }))
    expect(plans).toHaveLength(30)
    for (const { params } of plans) {
      expect(params['learning_rate']).toBeGreaterThanOrEqual(1e-4)
      expect(params['learning_rate']).toBeLessThanOrEqual(1e-1)
      expect(Number.isInteger(params['batch_size'])).toBe(true)
    }
    // Evenly over the powers of ten: about a third of the draws in each.
    expect(plans.filter(({ params }) => Number(params['learning_rate']) < 1e-3).length).toBeGreaterThan(4)
  })

  test('families and a metric that do not suit the task are refused by name', () => {
    expect(() => refuseMisfits(settings({ models: { logistic: {} } }), 'regression')).toThrow(
      [
        'config.yaml training.models.logistic: expected a family for regression (data.task), found one for classification. Take linear',
        'config.yaml training.select.metric: expected one of validation_rmse, validation_mae, validation_r2 for regression (data.task), found validation_accuracy',
      ].join('\n'),
    )
  })
})

describe('the choice', () => {
  const results = planTrials(settings({ models: { majority: {}, mlp } })).map((plan, at) => ({
    plan,
    history: [0.1, [0.3, Number.NaN, 0.7, 0.5, 0.7, 0.6, 0.2][at] ?? 0].map((value, step) => ({
      ...{ key: 'validation_accuracy', step, value },
    })),
  }))

  test('is the best where the histories end; of equals the first; never one without a number', () => {
    expect(bestOf(results, select).plan.index).toBe(2)
    expect(bestOf(results, { ...select, direction: 'minimize' }).plan.index).toBe(6)
    expect(bestOf(results.slice(1), { ...select, direction: 'minimize' }).plan.index).toBe(6)
  })

  test('has one finalist of each family, and refits those that learn in epochs', () => {
    const finalists = finalistsOf(results, select)
    expect(finalists.map(({ plan }) => plan.index)).toEqual([0, 2])
    const refits = finalists.map((finalist) => refitOf(finalist, settings({ epochs: 20 })))
    expect(refits).toEqual([undefined, expect.objectContaining({ name: 'final-mlp', epochs: 20 })])
    expect(refitOf(finalists[1]!, settings({ winner: 'as_is' }))).toBeUndefined()
    expect(refitOf(finalists[1]!, settings({ epochs: 4 }))).toBeUndefined()
  })

  test('of fits that have all diverged is refused, with the way out', () => {
    const diverged = { plan: results[0]!.plan, history: [{ key: 'validation_accuracy', step: 0, value: Number.NaN }] }
    expect(() => refuseDiverged(bestOf([diverged], select), select)).toThrow(
      'every fit has diverged. Lower learning_rate',
    )
  })

  test('leaves how the search went: the best so far, trial by trial', () => {
    expect(searchHistory(results, select).map(({ value }) => value)).toEqual([0.3, 0.3, 0.7, 0.7, 0.7, 0.7, 0.7])
    expect(searchHistory(results, select)[0]).toMatchObject({ key: 'best_validation_accuracy', step: 0 })
  })
})

function settings(given: object) {
  return Training.parse({ models: { majority: {} }, select, ...given })
}
