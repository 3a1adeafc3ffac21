import { readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { filesBelow } from '@waymark/client/artifacts'
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
 * @returns numbers by dotted key, bare where one stage has the key, `<stage>.<key>` where two have it or it is taken.
 */
export async function runMetrics(
  plan: Plan,
  stages: readonly StageResult[],
  taken: ReadonlySet<string>,
): Promise<Record<string, number>> {
  const byKey = new Map<string, Map<string, number>>()
  for (const stage of stages) {
    for (const out of stage.outs) {
      if (out.role !== 'metric' || out.md5 === undefined) continue
      for (const [key, value] of await numbersIn(join(folderOf(plan, stage.name), out.path), out.path)) {
        byKey.set(key, (byKey.get(key) ?? new Map<string, number>()).set(stage.name, value))
      }
    }
  }
  const metrics: Record<string, number> = {}
  for (const [key, stagesWithKey] of byKey) {
    const bare = stagesWithKey.size === 1 && !taken.has(paramKey(key))
    for (const [stage, value] of stagesWithKey) metrics[paramKey(bare ? key : `${stage}.${key}`)] = value
  }
  return metrics
}

async function numbersIn(path: string, shown: string): Promise<(readonly [string, number])[]> {
  const files = (await stat(path)).isDirectory() ? (await filesBelow(path)).map((file) => join(path, file)) : [path]
  const found: (readonly [string, number])[] = []
  for (const file of files) {
    if (!['.json', '.yaml', '.yml'].includes(extname(file))) continue
    // JSON is YAML, but for the bare NaN and Infinity that Python's json writes: those come out as text.
    const content = parsed(await readFile(file, 'utf8'), shown)
    for (const [key, value] of leavesOf(content, '')) {
      const number = typeof value === 'number' ? value : special[String(value)]
      if (number !== undefined) found.push([key, number])
    }
  }
  return found
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
