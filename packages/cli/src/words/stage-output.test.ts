import { expect, test } from 'vitest'
import { stageOutput } from './stage-output.ts'

function written(pieces: readonly string[], isTTY = false): string {
  let text = ''
  const stdout = { isTTY, write: (piece: string) => (text += piece) }
  const output = stageOutput({ stdout, stderr: stdout })
  for (const piece of pieces) output.write({ kind: 'output', stage: 's', stream: 'stdout', text: piece })
  output.close()
  return text
}

test('each line of a stage is set off, however it arrives', () => {
  expect(written(['one\ntw', 'o\n', '\n'])).toBe('  │ one\n  │ two\n  │ \n')
})

test('a line that was left open is ended', () => {
  expect(written(['half'])).toBe('  │ half\n')
})

test('a progress bar that goes back to the start of its line keeps its margin', () => {
  expect(written(['10 %\r20 %\r', '30 %\n'])).toBe('  │ 10 %\r  │ 20 %\r  │ 30 %\n')
})

test('a progress bar that takes itself away leaves no margin behind', () => {
  expect(written(['\r50 %\u001b[K\r', '\r\u001b[K', 'done\n', '\r\u001b[K'])).toBe(
    '\r  │ 50 %\u001b[K\r\r\u001b[K  │ done\n\r\u001b[K',
  )
})

test('a progress bar whose stage was ended is no part of the line that follows', () => {
  const bar = '\r50 %\u001b[K\r'
  expect(written([bar], true).endsWith('50 %\u001b[K\r\u001b[K')).toBe(true)
  expect(written(['50 %\r'])).toBe('  │ 50 %\r\n')
  expect(written([bar, '\r\u001b[K'], true).endsWith('50 %\u001b[K\r\r\u001b[K')).toBe(true)
})

test('on a terminal the margin is dimmed, and what the stage writes keeps its own colours', () => {
  expect(written(['\u001b[32mgreen\u001b[39m\n'], true)).toBe('\u001b[2m  │ \u001b[22m\u001b[32mgreen\u001b[39m\n')
})
