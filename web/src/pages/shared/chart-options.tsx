import { SegmentedControl, Slider, Switch } from '@mantine/core'
import { useMemo, useState } from 'react'
import { type LineOptions, type XAxis, xAxes } from '../../charts/metric-lines.ts'
import { useUrlState } from '../../ui/url-state.ts'

const words: Record<XAxis, string> = { step: 'Step', relative: 'Relative time', time: 'Wall time' }

/** How the charts of a page are drawn, kept in its address. */
export function useChartOptions(): LineOptions {
  const { params } = useUrlState()
  const x = params.get('x')
  const smoothing = Number(params.get('smooth') ?? 0)
  const logY = params.get('log') === 'y'
  return useMemo(
    () => ({
      x: xAxes.find((each) => each === x) ?? 'step',
      smoothing: smoothing > 0 && smoothing < 1 ? smoothing : 0,
      logY,
    }),
    [x, smoothing, logY],
  )
}

export function ChartOptions() {
  const { set } = useUrlState()
  const options = useChartOptions()
  const [dragged, setDragged] = useState<number>()
  return (
    <div className="wm-chartbar">
      <SegmentedControl
        aria-label="Horizontal axis"
        data={xAxes.map((value) => ({ value, label: words[value] }))}
        value={options.x}
        onChange={(x) => set({ x: x === 'step' ? undefined : x })}
      />
      <Switch
        label="Log y"
        checked={options.logY}
        onChange={(event) => set({ log: event.currentTarget.checked ? 'y' : undefined })}
      />
      <span className="wm-chartbar__slider">
        <span>Smoothing</span>
        <Slider
          aria-label="Smoothing"
          thumbLabel="Smoothing"
          size="sm"
          w={120}
          min={0}
          max={0.99}
          step={0.01}
          value={dragged ?? options.smoothing}
          onChange={setDragged}
          onChangeEnd={(value) => {
            setDragged(undefined)
            set({ smooth: value === 0 ? undefined : String(value) })
          }}
        />
        <span className="wm-num wm-dim">{(dragged ?? options.smoothing).toFixed(2)}</span>
      </span>
    </div>
  )
}
