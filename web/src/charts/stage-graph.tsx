import '@xyflow/react/dist/style.css'
import './stage-graph.css'
import {
  Background,
  BaseEdge,
  Controls,
  type Edge,
  type EdgeProps,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react'
import { useMemo } from 'react'
import { type BoxSize, type Point, type StageBox, smoothPath, stageLayout } from './stage-layout.ts'

export interface GraphStage extends StageBox {
  readonly state: string
  /** "ran 41 s": the state in words. */
  readonly words: string
  /** Why it ran, in one line; empty for a stage that was up to date. */
  readonly reason: string
}

interface StageGraphProps {
  readonly stages: readonly GraphStage[]
  readonly selected?: string | undefined
  readonly onSelect: (name: string) => void
  readonly direction?: 'LR' | 'TB'
  /** Drag, zoom, and buttons for it; a small graph on a page stands still, so that the page scrolls. */
  readonly canMove?: boolean
}

type StageNode = Node<GraphStage & Record<string, unknown>, 'stage'>

const box: BoxSize = { width: 200, height: 62 }
const nodeTypes = { stage: StageCard }
const edgeTypes = { around: AroundEdge }

type AroundEdgeType = Edge<{ points: readonly Point[]; direction: 'LR' | 'TB' }, 'around'>

/** The stages of a pipeline with what became of each. */
export function StageGraph(props: StageGraphProps) {
  const { stages, selected, onSelect, direction = 'LR', canMove = false } = props
  const placed = useMemo(() => stageLayout(stages, box, direction), [stages, direction])
  const nodes = useMemo(
    () =>
      placed.boxes.map(({ name, x, y }): StageNode => {
        const stage = stages.find((each) => each.name === name)
        return {
          id: name,
          type: 'stage',
          position: { x, y },
          ...box,
          selected: name === selected,
          data: { ...(stage ?? { name, needs: [], state: '', words: '', reason: '' }), isDown: direction === 'TB' },
          ariaLabel: `Stage ${name}, ${stage?.words ?? ''}`,
        }
      }),
    [placed, stages, selected, direction],
  )
  const edges = useMemo(
    () =>
      placed.edges.map(
        ({ from, to, points }): AroundEdgeType => ({
          id: `${from} ${to}`,
          source: from,
          target: to,
          type: 'around',
          data: { points, direction },
        }),
      ),
    [placed, direction],
  )
  return (
    <div className="wm-graph" style={{ height: Math.max(110, placed.height + (canMove ? 110 : 16)) }}>
      <ReactFlow
        key={`${direction} ${stages.length}`}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        fitView
        fitViewOptions={{ padding: 0.06, maxZoom: 1 }}
        minZoom={0.2}
        maxZoom={1.5}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        panOnDrag={canMove}
        zoomOnScroll={canMove}
        zoomOnPinch={canMove}
        zoomOnDoubleClick={canMove}
        preventScrolling={canMove}
        onNodeClick={(_event, node) => onSelect(node.id)}
        onNodesChange={(changes) => {
          for (const change of changes) if (change.type === 'select' && change.selected) onSelect(change.id)
        }}
        proOptions={{ hideAttribution: true }}
      >
        {canMove && <Background gap={16} size={1} />}
        {canMove && <Controls showInteractive={false} />}
      </ReactFlow>
    </div>
  )
}

function StageCard({ data }: NodeProps<StageNode>) {
  const isDown = data['isDown'] === true
  return (
    <div className="wm-stage" data-state={data.state} title={data.reason || data.words}>
      <Handle type="target" position={isDown ? Position.Top : Position.Left} isConnectable={false} />
      <div className="wm-stage__name">{data.name}</div>
      <div className="wm-stage__words">{data.words}</div>
      {data.reason !== '' && <div className="wm-stage__reason">{data.reason}</div>}
      <Handle type="source" position={isDown ? Position.Bottom : Position.Right} isConnectable={false} />
    </div>
  )
}

function AroundEdge({ id, data }: EdgeProps<AroundEdgeType>) {
  return <BaseEdge id={id} path={smoothPath(data?.points ?? [], data?.direction)} />
}
