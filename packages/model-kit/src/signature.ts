/** MLflow's column types (mlflow/types/schema.py, DataType). */
export type DataType = 'boolean' | 'integer' | 'long' | 'float' | 'double' | 'string' | 'datetime'

export interface ColumnSpec {
  readonly name: string
  readonly type: DataType
  /** false: the value may be null or the column may be left out. */
  readonly required: boolean
}

/** What a model takes and gives, column by column. */
export interface Signature {
  readonly inputs: readonly ColumnSpec[]
  readonly outputs: readonly ColumnSpec[]
}
