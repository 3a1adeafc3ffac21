import type { Cell } from '@waymark/model-kit/model'
import { cellText } from '@waymark/model-kit/table'
import type { DataSettings } from '@waymark/settings/data'
import { StageError } from '../stage.ts'
import type { Column } from './type-rows.ts'

export interface Target {
  /** What the predicted column is called. */
  readonly name: string
  /** In the order of the bands, or sorted (as numbers where they are); empty for regression. */
  readonly classes: readonly string[]
  /** The value to predict, by the value in the source. */
  of(cell: Cell): string | number
}

/** More different numbers than this are no classes. */
const mostNumericClasses = 100

/**
 * What is predicted: the target column as it is, or cut into bands.
 * @param cells the column's values, none missing
 * @throws {StageError} where they do not suit the task.
 */
export function targetOf(
  cells: readonly Cell[],
  column: Column,
  { source, target, task }: Pick<DataSettings, 'source' | 'target' | 'task'>,
): Target {
  const isNumeric = column.kind === 'numeric'
  if (cells.length === 0)
    throw new StageError(`${source} ${column.name}: expected values to predict, found none in any row`)
  if (task === 'regression') {
    if (!isNumeric) refuseText('target.column', column, cells)
    return { name: target.name ?? column.name, classes: [], of: Number }
  }
  if (!target.bands)
    return { name: target.name ?? column.name, classes: classesIn(cells, column, source), of: cellText }
  if (!isNumeric) refuseText('target.bands', column, cells)
  const { bands } = target
  const of = (cell: Cell) => bands.find(({ below }) => below === undefined || Number(cell) < below)?.name ?? ''
  const found = new Set(cells.map(of))
  const classes = bands.map(({ name }) => name).filter((name) => found.has(name))
  refuseOneClass(classes, column, cells.length, source)
  return { name: target.name ?? `${column.name}_band`, classes, of }
}

function classesIn(cells: readonly Cell[], column: Column, source: string): string[] {
  const classes = [...new Set(cells.map(cellText))]
  refuseOneClass(classes, column, cells.length, source)
  if (column.kind === 'numeric' && classes.length > mostNumericClasses) {
    const words = `${source} ${column.name}: expected classes, found ${classes.length} different numbers`
    throw new StageError(`${words}. Set data.task: regression, or cut them into data.target.bands, in config.yaml`)
  }
  if (classes.length > cells.length / 2) {
    const words = `${source} ${column.name}: expected classes, found ${classes.length} different values in ${cells.length} rows`
    throw new StageError(`${words}. Choose another data.target.column in config.yaml`)
  }
  if (column.kind === 'numeric') return classes.sort((a, b) => Number(a) - Number(b))
  return classes.sort()
}

function refuseOneClass(classes: readonly string[], column: Column, rows: number, source: string): void {
  if (classes.length > 1) return
  throw new StageError(
    `${source} ${column.name}: expected at least two classes, found ${JSON.stringify(classes[0])} in all ${rows} rows: there is nothing to learn`,
  )
}

function refuseText(key: string, column: Column, cells: readonly Cell[]): never {
  throw new StageError(
    `config.yaml data.${key}: expected a numeric column, found the ${column.kind} column ${JSON.stringify(column.name)} with values as ${JSON.stringify(cells[0])}`,
  )
}
