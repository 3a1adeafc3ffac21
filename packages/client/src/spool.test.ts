import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSpool, readSpool } from './spool.ts'

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
