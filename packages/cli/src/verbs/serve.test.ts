import { expect, test } from 'vitest'
import { testProject } from '../../test/project.ts'

test('a port that waymark serve finds taken is an error that says what to do', async () => {
  using folder = testProject({})
  const flags = ['--model-name', 'none', '--tracking-uri', 'http://127.0.0.1:1', '--port']
  const first = folder.start(['serve', ...flags, '0'])
  await first.printed('prediction app at ')
  const port = /:(\d+)\n/.exec(first.soFar())?.[1] ?? ''
  const words = `waymark: Cannot listen on 127.0.0.1:${port}: another program uses that port. End it, or choose another with --port\n`
  expect(await folder.waymark(['serve', ...flags, port])).toEqual({ code: 1, stdout: '', stderr: words })
  first.kill('SIGTERM')
  await first.ended
})

test('waymark serve listens before there is a model, and says that there is none', async () => {
  using folder = testProject({})
  const flags = ['--port', '0', '--model-name', 'none', '--tracking-uri', 'http://127.0.0.1:1']
  const running = folder.start(['serve', ...flags])
  await running.printed('prediction app at http://127.0.0.1:')
  const url = /http:\S+/.exec(running.soFar())?.[0]
  expect((await fetch(`${url}/ping`)).status).toBe(503)
  running.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 0 })
})

test('waymark serve outside of a project says how to name a model', async () => {
  using folder = testProject({})
  const { code, stderr } = await folder.waymark(['serve', '--port', '0'])
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/there is no .*config\.yaml.*--model-name/),
  })
})
