import { expect, test } from 'vitest'
import { showProgress } from './progress.ts'

test('a terminal shows a bar below the lines, and none when the job is done', () => {
  const screen = written({ isTTY: true, columns: 60 })
  {
    using progress = showProgress(screen, {}, { label: 'training', total: 4 })
    progress.advance(2)
    progress.line('trial-1 done')
  }
  expect(screen.text()).toContain('██')
  expect(screen.text()).toContain('2/4 epochs')
  expect(screen.text()).toContain('\r\u001b[Ktrial-1 done\n')
  expect(screen.text().endsWith('\r\u001b[K')).toBe(true)
})

test('elsewhere there are the lines alone, unless WAYMARK_PROGRESS asks for the bar', () => {
  const show = (env: Record<string, string>) => {
    const file = written({})
    using progress = showProgress(file, env, { label: 'training', total: 4 })
    progress.advance(1)
    progress.line('trial-1 done')
    return file.text()
  }
  expect(show({})).toBe('trial-1 done\n')
  expect(show({ WAYMARK_PROGRESS: '1' })).toContain('1/4 epochs')
})

function written(terminal: { isTTY?: boolean; columns?: number }) {
  let text = ''
  return { ...terminal, write: (more: string) => (text += more), text: () => text }
}
