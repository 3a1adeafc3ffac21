import { expect, test } from 'vitest'
import { stageLayout } from './stage-layout.ts'

const box = { width: 160, height: 60 }
const stages = [
  { name: 'prediction_app', needs: ['training', 'data_prep'] },
  { name: 'data_prep', needs: [] },
  { name: 'training', needs: ['data_prep', 'not here'] },
  { name: 'explainability', needs: ['training'] },
]

test('a stage stands to the right of every stage it needs', () => {
  const { boxes, edges } = stageLayout(stages, box)
  const x = new Map(boxes.map((placed) => [placed.name, placed.x]))
  expect(edges).toHaveLength(4)
  for (const { from, to } of edges) expect(x.get(to)!).toBeGreaterThanOrEqual(x.get(from)! + box.width)
})

test('no two stages lie on each other, and the size holds them all', () => {
  const { boxes, width, height } = stageLayout(stages, box)
  for (const a of boxes) {
    expect(a.x + box.width).toBeLessThanOrEqual(width)
    expect(a.y + box.height).toBeLessThanOrEqual(height)
    for (const b of boxes) {
      if (a === b) continue
      expect(Math.abs(a.x - b.x) >= box.width || Math.abs(a.y - b.y) >= box.height).toBe(true)
    }
  }
})

test('downward, for a narrow screen, the order is from top to bottom', () => {
  const { boxes } = stageLayout(stages, box, 'TB')
  const y = new Map(boxes.map((placed) => [placed.name, placed.y]))
  expect(y.get('training')!).toBeGreaterThan(y.get('data_prep')!)
})
