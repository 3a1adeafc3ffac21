import { createHash } from 'node:crypto'

/** What a model's name by rule is made of. */
export interface RuleNameParts {
  /** The model family: `mlp`. */
  readonly family: string
  /** Hyper-parameters by name. */
  readonly params: Readonly<Record<string, unknown>>
  /** Hash of the dates the model was trained on; of the training rows where they have no date. */
  readonly trainHash: string
  /** Columns the model reads, in their order. */
  readonly features: readonly string[]
}

/**
 * `<model-type>-<params>-<train-dates-hash>-<feature-hash>`, of letters, digits, `.`, `_` and `-` only, so that files
 * can be named by it: `mlp-batch_size_256_hidden_64x64-1f3870be-0cc175b9`. Params that would make it longer than a
 * file name may be are hashed too.
 */
export function ruleName({ family, params, trainHash, features }: RuleNameParts): string {
  const words = Object.keys(params)
    .toSorted()
    .map((key) => `${key}_${wordOf(params[key])}`)
    .join('_')
  const shown = words.length > 120 ? md5(words).slice(0, 8) : words || 'default'
  const name = [family, shown, trainHash.slice(0, 8), md5(features.join('\n')).slice(0, 8)]
  return name.map((part) => part.replace(/[^\w.-]/g, '_')).join('-')
}

function wordOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordOf).join('x')
  return typeof value === 'object' && value !== null ? md5(JSON.stringify(value)).slice(0, 8) : String(value)
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
