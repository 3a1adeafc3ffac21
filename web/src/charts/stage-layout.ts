import { Graph, layout } from '@dagrejs/dagre'

export interface StageBox {
  readonly name: string
  /** Stages whose outs this one reads. */
  readonly needs: readonly string[]
}

export interface StageLayout {
  /** Left upper corners, px. */
  readonly boxes: readonly { readonly name: string; readonly x: number; readonly y: number }[]
  readonly edges: readonly { readonly from: string; readonly to: string }[]
  readonly width: number
  readonly height: number
}

export interface BoxSize {
  readonly width: number
  readonly height: number
}

/** Stages from left to right (or downward), each behind all that it needs; a need that is no stage here draws nothing. */
export function stageLayout(stages: readonly StageBox[], box: BoxSize, direction: 'LR' | 'TB' = 'LR'): StageLayout {
  const graph = new Graph()
  graph.setGraph({ rankdir: direction, nodesep: 20, ranksep: 48, marginx: 8, marginy: 8 })
  graph.setDefaultEdgeLabel(() => ({}))
  const names = new Set(stages.map(({ name }) => name))
  for (const { name } of stages) graph.setNode(name, { ...box })
  const edges = stages.flatMap(({ name, needs }) =>
    [...new Set(needs)].filter((need) => names.has(need)).map((need) => ({ from: need, to: name })),
  )
  for (const { from, to } of edges) graph.setEdge(from, to)
  layout(graph)
  const boxes = stages.map(({ name }) => {
    const { x = 0, y = 0 } = graph.node(name)
    return { name, x: x - box.width / 2, y: y - box.height / 2 }
  })
  return {
    boxes,
    edges,
    width: Math.max(0, ...boxes.map(({ x }) => x + box.width)) + 8,
    height: Math.max(0, ...boxes.map(({ y }) => y + box.height)) + 8,
  }
}
