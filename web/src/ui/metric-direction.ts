/**
 * @returns +1 where more is better, −1 where less is; undefined where the key does not name a metric that is known.
 * A word like "error" within another name tells nothing: an additivity error measures a method, not a model.
 */
export function betterDirection(key: string): 1 | -1 | undefined {
  const words = wordsOf(key)
  const name = ` ${words.join(' ')} `
  if (lessIsBetter.some((known) => name.includes(` ${known} `)) || isAll(words, ['error', 'err'])) return -1
  if (moreIsBetter.some((known) => name.includes(` ${known} `)) || isAll(words, ['score'])) return 1
  return undefined
}

const lessIsBetter = [
  ...['loss', 'logloss', 'nll', 'crossentropy', 'cross entropy', 'perplexity', 'deviance', 'brier', 'hinge'],
  ...['rmse', 'mse', 'mae', 'mape', 'smape', 'rmsle', 'msle', 'wer', 'cer', 'latency'],
  ...['error rate', 'err rate', 'absolute error', 'squared error', 'percentage error', 'classification error'],
]

const moreIsBetter = [
  ...['accuracy', 'acc', 'auc', 'auroc', 'auprc', 'f1', 'fbeta', 'precision', 'recall', 'sensitivity', 'specificity'],
  ...['r2', 'kappa', 'mcc', 'iou', 'dice', 'bleu', 'ndcg', 'psnr', 'ssim', 'f1score'],
]

/** Words about which data or which of many, not about what is measured. */
const scope = /^(test|val|valid|validation|eval|train|training|holdout|dev|cv|oob|best|mean|avg|average|final|\d+)$/

function isAll(words: readonly string[], names: readonly string[]): boolean {
  const measured = words.filter((word) => !scope.test(word))
  return measured.length === 1 && names.includes(measured[0] ?? '')
}

function wordsOf(key: string): string[] {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
}
