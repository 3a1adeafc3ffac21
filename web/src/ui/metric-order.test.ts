import { expect, test } from 'vitest'
import { byImportance } from './metric-order.ts'

test('the test set comes first, then validation, then the rest by name', () => {
  const keys = [
    'loss',
    'val_loss',
    'logistic_test_accuracy',
    'test_accuracy',
    'best_validation_accuracy',
    'fold10',
    'fold2',
  ]
  expect(keys.toSorted(byImportance)).toEqual([
    'test_accuracy',
    'best_validation_accuracy',
    'val_loss',
    'fold2',
    'fold10',
    'logistic_test_accuracy',
    'loss',
  ])
})
