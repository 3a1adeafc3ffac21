import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { parseSettings } from './settings-file.ts'

/** Where runs are tracked. `experiment_name: false` tracks nothing: for debugging. */
export const Tracking = z.strictObject({
  experiment_name: z.union([z.string().min(1), z.literal(false)], {
    error: 'expected the name of an experiment, or false to track nothing',
  }),
  run_name: z.string().nullish(),
  uri: z.string().nullish(),
})

/** Tracking that is switched on. */
export interface TrackingSettings {
  readonly experimentName: string
  /** undefined: the recorder names the run. */
  readonly runName: string | undefined
  /** The address of the tracking server, where config.yaml names one. */
  readonly uri: string | undefined
}

/**
 * Reads the `tracking` section of a config.yaml, and nothing else of it: the file may be another program's.
 * @returns undefined where tracking is off: no file, no such section, one of another shape, or `experiment_name: false`.
 * @throws {SettingsError} where the file has a `tracking` section and is no YAML.
 */
export async function readTracking(path: string): Promise<TrackingSettings | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    return ''
  })
  // Another program's file may be a template that is no YAML yet: without the section it is none of our business.
  if (!/^["']?tracking["']?\s*:/m.test(text)) return undefined
  const { value } = parseSettings(text, path)
  const section = isMap(value) ? value['tracking'] : undefined
  if (!isMap(section)) return undefined
  const experimentName = textOf(section['experiment_name'])
  if (experimentName === undefined) return undefined
  return { experimentName, runName: textOf(section['run_name']), uri: textOf(section['uri']) }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
