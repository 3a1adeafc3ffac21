import { Graph, layout } from '@dagrejs/dagre'

export interface StageBox {
  readonly name: string
  /** Stages whose outs this one reads. */
  readonly needs: readonly string[]
}

export interface Point {
  readonly x: number
  readonly y: number
}

export interface StageEdge {
  readonly from: string
  readonly to: string
  /** The way around the boxes in between, px. */
  readonly points: readonly Point[]
}

export interface StageLayout {
  /** Left upper corners, px. */
  readonly boxes: readonly { readonly name: string; readonly x: number; readonly y: number }[]
  readonly edges: readonly StageEdge[]
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
  const placed = new Map(boxes.map((at) => [at.name, at]))
  return {
    boxes,
    edges: edges.map(({ from, to }) => {
      const ends = { from: placed.get(from) ?? { x: 0, y: 0 }, to: placed.get(to) ?? { x: 0, y: 0 } }
      const bends = (graph.edge(from, to).points ?? []).slice(1, -1)
      return { from, to, points: wayAround({ ...ends, bends }, boxes, { box, isDown: direction === 'TB' }) }
    }),
    width: Math.max(0, ...boxes.map(({ x }) => x + box.width)) + 8,
    height: Math.max(0, ...boxes.map(({ y }) => y + box.height)) + 8,
  }
}

/** From the middle of one box's side to the middle of the other's, straight past the boxes in between. */
function wayAround(
  { from, to, bends }: { from: Point; to: Point; bends: readonly Point[] },
  boxes: readonly Point[],
  { box, isDown }: { box: BoxSize; isDown: boolean },
): Point[] {
  const past = bends.filter((bend) =>
    boxes.some((at) => (isDown ? isBetween(bend.y, at.y, box.height) : isBetween(bend.x, at.x, box.width))),
  )
  const half = isDown ? { x: 0, y: box.height / 2 } : { x: box.width / 2, y: 0 }
  const ends = isDown
    ? [
        { x: from.x + box.width / 2, y: from.y + box.height },
        { x: to.x + box.width / 2, y: to.y },
      ]
    : [
        { x: from.x + box.width, y: from.y + box.height / 2 },
        { x: to.x, y: to.y + box.height / 2 },
      ]
  const [start, end] = ends as [Point, Point] // both branches have two
  return [
    start,
    ...past.flatMap(({ x, y }) => [
      { x: x - half.x, y: y - half.y },
      { x: x + half.x, y: y + half.y },
    ]),
    end,
  ]
}

function isBetween(at: number, from: number, size: number): boolean {
  return at > from && at < from + size
}

/** @returns the SVG path of a line through all of the points, level at each: along x, or for `TB` along y. */
export function smoothPath(points: readonly Point[], direction: 'LR' | 'TB' = 'LR'): string {
  return points
    .map((point, i) => {
      const before = points[i - 1]
      if (before === undefined) return `M${point.x},${point.y}`
      if (direction === 'TB') {
        const y = (before.y + point.y) / 2
        return `C${before.x},${y} ${point.x},${y} ${point.x},${point.y}`
      }
      const x = (before.x + point.x) / 2
      return `C${x},${before.y} ${x},${point.y} ${point.x},${point.y}`
    })
    .join('')
}
