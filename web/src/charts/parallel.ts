/** One run of the chart: its params as text, its metrics as numbers. */
export interface ParallelRun {
  readonly id: string
  readonly label: string
  readonly params: ReadonlyMap<string, string>
  readonly metrics: ReadonlyMap<string, number>
}

export interface ParallelAxis {
  readonly name: string
  /** Category axes list their values in order; number axes have none. */
  readonly categories?: readonly string[]
}

export interface ParallelColumns {
  readonly axes: readonly ParallelAxis[]
  /** One row per run, one cell per axis; null where the run has no value there. */
  readonly rows: readonly {
    readonly id: string
    readonly label: string
    readonly cells: readonly (number | string | null)[]
  }[]
}

/** @returns the axes named by `params` and then `metrics`: a param whose values are all numbers is a number axis. */
export function parallelColumns(
  runs: readonly ParallelRun[],
  { params, metrics }: { readonly params: readonly string[]; readonly metrics: readonly string[] },
): ParallelColumns {
  const paramAxes = params.map((name) => axisOf(name, runs))
  return {
    axes: [...paramAxes, ...metrics.map((name) => ({ name }))],
    rows: runs.map((run) => ({
      id: run.id,
      label: run.label,
      cells: [
        ...paramAxes.map(({ name, categories }) => paramCell(run.params.get(name), categories !== undefined)),
        ...metrics.map((name) => finite(run.metrics.get(name))),
      ],
    })),
  }
}

/** @returns the params that differ between the runs, and the metrics that do among the runs that have them. */
export function worthAnAxis(runs: readonly ParallelRun[]): { params: string[]; metrics: string[] } {
  const keys = (of: (run: ParallelRun) => Iterable<string>) => [...new Set(runs.flatMap((run) => [...of(run)]))].sort()
  return {
    params: keys((run) => run.params.keys()).filter((key) => differs(runs.map((run) => run.params.get(key)))),
    metrics: keys((run) => run.metrics.keys()).filter((key) =>
      differs(runs.map((run) => finite(run.metrics.get(key))).filter((value) => value !== null)),
    ),
  }
}

function differs(values: readonly unknown[]): boolean {
  return new Set(values.map(String)).size > 1
}

function axisOf(name: string, runs: readonly ParallelRun[]): ParallelAxis {
  const values = runs.map((run) => run.params.get(name)).filter((value) => value !== undefined)
  if (values.every(isNumber)) return { name }
  return { name, categories: [...new Set(values)].sort((a, b) => a.localeCompare(b, undefined, { numeric: true })) }
}

function paramCell(value: string | undefined, isCategory: boolean): number | string | null {
  if (value === undefined) return null
  return isCategory ? value : Number(value)
}

function finite(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) || Math.abs(value) >= Number.MAX_VALUE ? null : value
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text))
}
