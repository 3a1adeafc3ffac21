import { ActionIcon, Button } from '@mantine/core'
import type { Run } from '@waymark/contract/runs'
import { Link } from 'react-router'
import { Icon } from '../../ui/icons.tsx'
import { RunDot } from '../../ui/run-dot.tsx'

export interface CompareHeadProps {
  readonly runs: readonly Run[]
  /** Which of the runs the others are measured against. */
  readonly baseline: number
  readonly onBaseline: (runId: string) => void
  readonly onRemove: (runId: string) => void
}

/** The runs as columns: name, which is the baseline, and a way to leave one out. */
export function CompareHead({ runs, baseline, onBaseline, onRemove }: CompareHeadProps) {
  return (
    <thead>
      <tr>
        <th scope="col">
          <span className="wm-dim">Run</span>
        </th>
        {runs.map(({ info }, at) => (
          <th scope="col" key={info.run_id}>
            <span className="wm-compare__run">
              <RunDot runId={info.run_id} />
              <Link
                to={`/experiments/${info.experiment_id}/runs/${info.run_id}`}
                className="wm-cut"
                title={info.run_name}
              >
                {info.run_name || info.run_id}
              </Link>
              {runs.length > 2 && (
                <ActionIcon
                  size="xs"
                  color="gray"
                  aria-label={`Leave ${info.run_name} out`}
                  onClick={() => onRemove(info.run_id)}
                >
                  <Icon name="close" size={10} />
                </ActionIcon>
              )}
            </span>
            {at === baseline ? (
              <span className="wm-dim" style={{ fontWeight: 400, fontSize: 12 }}>
                baseline
              </span>
            ) : (
              <Button
                size="compact-xs"
                variant="transparent"
                c="var(--wm-dim)"
                mih={24}
                fw={400}
                px={0}
                onClick={() => onBaseline(info.run_id)}
                aria-label={`make baseline: ${info.run_name}`}
              >
                make baseline
              </Button>
            )}
          </th>
        ))}
      </tr>
    </thead>
  )
}
