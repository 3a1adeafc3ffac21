import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { ChampionScore } from '@waymark/client/publish-model'
import { z } from 'zod'

const Answer = z.union([
  z.object({ score: z.union([z.number(), z.literal('NaN').transform(Number)]) }),
  z.object({ misfit: z.string() }),
])

/**
 * Runs `<command> <model folder> <metric>` in the stage's folder `cwd`, with our own Node first on its PATH, as stages have it.
 * @returns what its last line of stdout says: `{"score": n}` or `{"misfit": "why"}`.
 * @throws where it fails or says something else.
 */
export async function scoreByCommand(
  cwd: string,
  command: string,
  folder: string,
  metric: string,
): Promise<ChampionScore> {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` }
  const shell = ['-c', `${command} "$1" "$2"`, 'sh', folder, metric]
  const { stdout } = await promisify(execFile)('/bin/sh', shell, { cwd, env, maxBuffer: 64 << 20 })
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  return Answer.parse(JSON.parse(last))
}
