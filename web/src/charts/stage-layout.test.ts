import { expect, test } from 'vitest'
import { smoothPath, stageLayout } from './stage-layout.ts'

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

test('a line goes around the stages between its two', () => {
  const { boxes, edges } = stageLayout(stages, box)
  const training = boxes.find(({ name }) => name === 'training')!
  const around = edges.find(({ from, to }) => from === 'data_prep' && to === 'prediction_app')!
  const within = around.points.filter(
    ({ x, y }) => x > training.x && x < training.x + box.width && y > training.y && y < training.y + box.height,
  )
  expect(within).toEqual([])
})

test('a line starts at the middle of the one side and ends at the middle of the other', () => {
  const { boxes, edges } = stageLayout(stages, box)
  const at = (name: string) => boxes.find((each) => each.name === name)!
  const { points } = edges.find(({ from, to }) => from === 'data_prep' && to === 'training')!
  expect(points).toEqual([
    { x: at('data_prep').x + box.width, y: at('data_prep').y + box.height / 2 },
    { x: at('training').x, y: at('training').y + box.height / 2 },
  ])
})

test('a path goes through all its points', () => {
  expect(
    smoothPath([
      { x: 0, y: 0 },
      { x: 10, y: 4 },
    ]),
  ).toBe('M0,0C5,0 5,4 10,4')
  expect(
    smoothPath(
      [
        { x: 0, y: 0 },
        { x: 4, y: 10 },
      ],
      'TB',
    ),
  ).toBe('M0,0C0,5 4,5 4,10')
  expect(smoothPath([])).toBe('')
})
