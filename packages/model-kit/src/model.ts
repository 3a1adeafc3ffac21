import type { Signature } from './signature.ts'

export type Cell = string | number | boolean | null
/** One observation by column name; a column that is left out is missing. */
export type Row = Readonly<Record<string, Cell>>

/** The inputs of a model that come from one column: one number, or the one-hot numbers of a category. */
export interface FeatureGroup {
  readonly feature: string
  /** First of its encoded columns. */
  readonly from: number
  /** How many encoded columns it has. */
  readonly width: number
}

/** A trained model with its row encoding: what training saves, explainability asks and the app serves. */
export interface Model extends Disposable {
  readonly task: 'classification' | 'regression'
  /** Name of the predicted column. */
  readonly target: string
  /** In the order of the scores; empty for regression. */
  readonly classes: readonly string[]
  /** `<family>` as in training.models: majority, logistic, mlp. */
  readonly family: string
  readonly signature: Signature
  readonly features: readonly FeatureGroup[]
  /** Encoded columns of a row: the sum of the features' widths. */
  readonly width: number
  /** @returns encoded rows, [rows, width] in row-major order. Missing and unseen values are handled as in training. */
  encode(rows: readonly Row[]): Float32Array
  /** @returns [rows, classes] probabilities, each row sums to 1; for regression [rows, 1] in the target's unit. */
  scores(encoded: Float32Array, rows: number): Float32Array
  /** @returns d scores[:, output] / d encoded, [rows, width]; absent for a family that has no gradient. */
  readonly gradient?: (encoded: Float32Array, rows: number, output: number) => Float32Array
}

export type Backend = 'wasm' | 'cpu' | 'tensorflow'
