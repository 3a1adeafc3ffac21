import { expect, test } from 'vitest'
import { betterDirection } from './metric-direction.ts'

test.each(['loss', 'val_loss', 'test log_loss', 'testRMSE', 'mean_absolute_error', 'val/error', 'error_rate', 'nll'])(
  'less of %s is better',
  (key) => {
    expect(betterDirection(key)).toBe(-1)
  },
)

test.each(['test_accuracy', 'valAcc', 'macro_f1', 'roc_auc', 'r2', 'cv_score', 'top5.acc'])(
  'more of %s is better',
  (key) => {
    expect(betterDirection(key)).toBe(1)
  },
)

test.each(['shapley_additivity_error', 'completeness_error', 'accumulated_steps', 'anomaly_score', 'rows', 'glossary'])(
  'nobody knows which %s is better',
  (key) => {
    expect(betterDirection(key)).toBeUndefined()
  },
)
