import { expect, test } from 'vitest'
import { sayChange } from './why-run.ts'

test.each([
  ['cp in a', 'cp in b', 'command changed … a → … b'],
  ['train --lr 0.1 --epochs 3', 'train --lr 0.2 --epochs 3', 'command changed … 0.1 … → … 0.2 …'],
  ['python a.py', 'node a.ts', 'command changed python a.py → node a.ts'],
  ['cp in a', 'cp -p in a', 'command changed cp … → cp -p …'],
  [`x ${'y'.repeat(80)}`, 'x', `command changed x ${'y'.repeat(55)}... → x`],
  ['a b', 'sudo a b', 'command changed a … → sudo a …'],
  ['a b', 'a  b', 'command changed in its blanks'],
  ['a\nb', 'a\nb', 'command changed'],
])('the command %s that has become %s is said in short', (old, now, words) => {
  expect(sayChange({ kind: 'command', old, new: now })).toBe(words)
})
