import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { leavesOf } from '@waymark/client/leaves'
import { paramKey } from '@waymark/client/param-key'
import { messageOf } from '@waymark/client/retry'
import type { StageResult } from '@waymark/pipeline/events'
import { parse } from 'yaml'
import { quote, UserError } from '../user-error.ts'
import { folderOf, type Plan } from './planned-stages.ts'

/**
 * Reads the metric files of stages.
 * @param taken keys that the run has from elsewhere: the metric history of training
 * @returns numbers by dotted key, bare where one stage has the key, `<stage>.<key>` where two have it or it is taken;
 *   where two files of a stage have it, `<file>:<key>` stands for the key.
 */
export async function runMetrics(
  plan: Plan,
  stages: readonly StageResult[],
  taken: ReadonlySet<string>,
): Promise<Record<string, number>> {
  const byKey = new Map<string, { stage: string; file: string; value: number }[]>()
  for (const stage of stages) {
    for (const [file, numbers] of await metricFiles(plan, stage)) {
      for (const [key, value] of numbers)
        byKey.set(key, [...(byKey.get(key) ?? []), { stage: stage.name, file, value }])
    }
  }
  const metrics: Record<string, number> = {}
  for (const [key, found] of byKey) {
    const stageCount = new Set(found.map(({ stage }) => stage)).size
    const underStage = stageCount > 1 || taken.has(paramKey(key))
    for (const { stage, file, value } of found) {
      const isTwice = found.some((other) => other.stage === stage && other.file !== file)
      metrics[paramKey(`${underStage ? `${stage}.` : ''}${isTwice ? `${file}:` : ''}${key}`)] = value
    }
  }
  return metrics
}

async function metricFiles(
  plan: Plan,
  stage: StageResult,
): Promise<[file: string, Awaited<ReturnType<typeof numbersIn>>][]> {
  const paths = stage.outs.flatMap(({ role, md5, path }) => (role === 'metric' && md5 !== undefined ? [path] : []))
  return Promise.all(paths.map(async (path) => [path, await numbersIn(join(folderOf(plan, stage.name), path), path)]))
}

async function numbersIn(file: string, shown: string): Promise<(readonly [string, number])[]> {
  if (!['.json', '.yaml', '.yml'].includes(extname(file))) return []
  // JSON is YAML, but for the bare NaN and Infinity that Python's json writes: those come out as text.
  return Array.from(leavesOf(parsed(await readFile(file, 'utf8'), shown), '')).flatMap(([key, value]) => {
    const number = typeof value === 'number' ? value : special[String(value)]
    return number === undefined ? [] : [[key, number] as const]
  })
}

function parsed(text: string, shown: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    throw new UserError('metrics-file', {
      message: `Cannot read the metrics in ${quote(shown)}: ${messageOf(error).split('\n')[0]}`,
      hint: 'Let the stage write JSON or YAML',
      cause: error,
    })
  }
}

const special: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity, '-Infinity': -Infinity }
