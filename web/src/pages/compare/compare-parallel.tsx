import { MultiSelect, useComputedColorScheme } from '@mantine/core'
import type { Run } from '@waymark/contract/runs'
import { lazy, Suspense, useMemo } from 'react'
import { type ParallelRun, parallelColumns, worthAnAxis } from '../../charts/parallel.ts'
import { importantFirst } from '../../ui/metric-order.ts'
import { joinList, splitList, useUrlState } from '../../ui/url-state.ts'

const ParallelChart = lazy(async () => ({ default: (await import('../../charts/parallel-chart.tsx')).ParallelChart }))

/** At first so many params and metrics get an axis; the boxes have all of them. */
const axesAtFirst = 5

/** Each run as a line through the params and metrics that differ. */
export function CompareParallel({ runs }: { runs: readonly Run[] }) {
  const { params, set } = useUrlState()
  const scheme = useComputedColorScheme('light')
  const parallel = useMemo(() => runs.map(parallelRun), [runs])
  const worth = useMemo(() => worthAnAxis(parallel), [parallel])
  const axisText = params.get('axes')
  const chosen = useMemo(() => {
    if (axisText !== null) {
      const names = splitList(axisText)
      return {
        params: worth.params.filter((key) => names.includes(`params.${key}`)),
        metrics: worth.metrics.filter((key) => names.includes(`metrics.${key}`)),
      }
    }
    return {
      params: worth.params.filter((key) => !key.startsWith('best.')).slice(0, axesAtFirst),
      metrics: importantFirst(worth.metrics, runs).slice(0, axesAtFirst),
    }
  }, [axisText, worth, runs])
  const columns = useMemo(() => parallelColumns(parallel, chosen), [parallel, chosen])
  const choose = (next: Partial<typeof chosen>) => {
    const { params: ps, metrics: ms } = { ...chosen, ...next }
    set({ axes: joinList([...ps.map((key) => `params.${key}`), ...ms.map((key) => `metrics.${key}`)]) })
  }
  return (
    <section className="wm-card" aria-label="Parallel coordinates">
      <div className="wm-card__head">
        Parallel coordinates
        <span className="wm-dim wm-num" style={{ fontWeight: 400 }}>
          {columns.axes.length} of {worth.params.length + worth.metrics.length} that differ · drag along an axis to keep
          the runs that pass there
        </span>
      </div>
      <div className="wm-card__body wm-head">
        <MultiSelect
          aria-label="Params of the chart"
          placeholder="Params"
          size="xs"
          searchable
          data={worth.params}
          value={chosen.params}
          onChange={(keys) => choose({ params: keys })}
          style={{ flex: '1 1 260px' }}
        />
        <MultiSelect
          aria-label="Metrics of the chart"
          placeholder="Metrics"
          size="xs"
          searchable
          data={worth.metrics}
          value={chosen.metrics}
          onChange={(keys) => choose({ metrics: keys })}
          style={{ flex: '1 1 260px' }}
        />
      </div>
      {columns.axes.length < 2 ? (
        <div className="wm-state wm-dim">
          {worth.params.length + worth.metrics.length < 2
            ? 'Nothing differs between these runs that could be drawn.'
            : 'Choose two params or metrics, or more.'}
        </div>
      ) : (
        <Suspense fallback={<div style={{ height: 320 }} />}>
          <ParallelChart columns={columns} height={320} scheme={scheme} />
        </Suspense>
      )}
    </section>
  )
}

function parallelRun({ info, data }: Run): ParallelRun {
  return {
    id: info.run_id,
    label: info.run_name,
    params: new Map(data.params.map(({ key, value }) => [key, value])),
    metrics: new Map(data.metrics.map(({ key, value }) => [key, value])),
  }
}
