import { appendFile, mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startFlakyServer } from '../test/flaky-server.ts'
import { sendSpool } from './send-spool.ts'
import { openSpool, readSpool } from './spool.ts'
import { claim } from './spool-owner.ts'

test('a folder that was cut off before it promised anything is cleared away', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'waymark-spool-'))
  for (const name of ['1-a.here~1', '2-b.here~1']) {
    await mkdir(join(dir, name))
    await utimes(join(dir, name), 0, 0) // whoever left it is long gone
  }
  await writeFile(join(dir, '2-b.here~1/run.json'), '')
  await utimes(join(dir, '2-b.here~1'), 0, 0)
  expect(await sendSpool(dir)).toEqual({ sent: 0, left: 0, problems: [] })
  expect(await readdir(dir)).toEqual([])
  await rm(dir, { recursive: true })
})

test('a folder that another program has taken since it was listed is left to that one', async () => {
  expect(await claim(tmpdir(), '1-taken.elsewhere~1')).toBeUndefined()
})

test('a server that is away is asked once, not for each run that is kept', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'waymark-spool-'))
  await using gone = await startFlakyServer('http://127.0.0.1:1')
  gone.behave = () => 'cut before'
  for (const runId of ['a', 'b', 'c']) {
    const spool = await openSpool(dir, { trackingUri: gone.base, runId })
    await spool.append([{ kind: 'end', status: 'FINISHED', endTime: 1 }])
    spool.release()
    await rename(spool.folder, join(dir, `1-${runId}.elsewhere~1`))
    await utimes(join(dir, `1-${runId}.elsewhere~1`), 0, 0) // whoever left it is long gone
  }
  expect(await sendSpool(dir)).toEqual({ sent: 0, left: 3, problems: [expect.stringContaining('of 3 runs')] })
  expect(gone.seen).toHaveLength(1)
  await rm(dir, { recursive: true })
})

test('what was logged is not thrown away where nobody can say of which run it is: the file at fault is named', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'waymark-spool-'))
  const spool = await openSpool(dir, { trackingUri: 'http://127.0.0.1:1', runId: 'r' })
  await spool.append([{ kind: 'metric', metric: { key: 'loss', value: 1, timestamp: 1, step: 0 } }])
  const left = join(dir, '1-r.elsewhere~1')
  await rename(spool.folder, left)
  await writeFile(join(left, 'run.json'), '')
  await utimes(left, 0, 0) // whoever left it is long gone
  expect(await sendSpool(dir)).toEqual({ sent: 0, left: 1, problems: [expect.stringMatching(/run\.json" is damaged/)] })
  const [kept] = await readdir(dir)
  expect(await readSpool(join(dir, kept ?? ''))).toHaveLength(1)
  await rm(dir, { recursive: true })
})

test('a line that a crash has cut off is left out, and the values before it are exact', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'waymark-spool-'))
  const spool = await openSpool(dir, { trackingUri: 'http://127.0.0.1:1', runId: 'r' })
  const point = (value: number) => ({ kind: 'metric' as const, metric: { key: 'm', value, timestamp: 1, step: 0 } })
  await spool.append([Number.NaN, Infinity, -0.1, 1e300].map(point))
  await appendFile(join(spool.folder, 'log.jsonl'), '{"kind":"metric","metr')
  const values = (await readSpool(spool.folder)).map((line) => line.kind === 'metric' && line.metric.value)
  expect(values).toEqual([Number.NaN, Infinity, -0.1, 1e300])
  await rm(dir, { recursive: true })
})
