import type { Backend, Model } from '../model.ts'

/** Encoded observations with what is to be predicted of them. */
export interface Observations {
  /** [rows, width] */
  readonly inputs: Float32Array
  /** [rows]: the class index, or the value in the target's unit. */
  readonly targets: Float64Array
  readonly rows: number
  readonly width: number
}

/** A trained model between encoded rows and scores. */
export interface Fitted extends Disposable {
  /** @returns [rows, outputs]: probabilities, or values in the target's unit. */
  scores(inputs: Float32Array, rows: number): Float32Array
  /** @returns d scores[:, output] / d inputs, [rows, width]. */
  readonly gradient?: (inputs: Float32Array, rows: number, output: number) => Float32Array
  /** @returns the files that `Family.load` reads it from. */
  files(): ModelFiles
}

/** Bytes by file name, as `weights.bin`. */
export type ModelFiles = Readonly<Record<string, Uint8Array>>

export type HyperParams = Readonly<Record<string, unknown>>

export interface Epoch {
  /** From 0. */
  readonly epoch: number
  /** Mean training loss over the epoch: cross-entropy in nats, or the squared error in the target's unit. */
  readonly loss: number
  /** The model as it is after this epoch; gone when the callback has ended. */
  readonly model: Pick<Fitted, 'scores'>
}

export interface FitOptions {
  readonly task: Model['task']
  /** Classes, or 1. */
  readonly outputs: number
  readonly seed: number
  /** Of a family that learns in epochs. */
  readonly epochs: number
  readonly backend: Backend
  readonly onEpoch?: (epoch: Epoch) => void
}

/** One kind of model: how it is fitted and how it is kept. The same data, hyper-parameters and seed give the same bytes. */
export interface Family {
  readonly name: string
  readonly tasks: readonly Model['task'][]
  /** false: it is fitted to convergence, and `epochs` means nothing to it. */
  readonly learnsInEpochs: boolean
  fit(train: Observations, params: HyperParams, options: FitOptions): Promise<Fitted>
  /** @throws {ModelFileError} where a file is missing or holds something else. */
  load(files: ModelFiles, options: { backend: Backend }): Promise<Fitted>
}
