import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { faultsOf } from './faults.ts'
import { nearest } from './nearest.ts'
import { SettingsError } from './settings-error.ts'
import { parseSettings } from './settings-file.ts'

/** Where runs are tracked; the lengths are MLflow's (mlflow/utils/validation.py, 3.6). `experiment_name: false` tracks nothing: for debugging. */
export const Tracking = z.strictObject({
  experiment_name: z.union([z.string().min(1).max(500), z.literal(false)], {
    error: 'expected the name of an experiment, or false to track nothing',
  }),
  run_name: z.string().max(250).nullish(),
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
 * @throws {SettingsError} where the file has a `tracking` section and is no YAML, or the section is meant for us and a
 *   key or value in it is wrong.
 */
export async function readTracking(path: string): Promise<TrackingSettings | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    return ''
  })
  // Another program's file may be a template that is no YAML yet: without the section it is none of our business.
  if (!/^["']?tracking["']?\s*:/m.test(text)) return undefined
  const file = parseSettings(text, path)
  const section = isMap(file.value) ? file.value['tracking'] : undefined
  if (!isMap(section)) return undefined
  const names = Object.keys(Tracking.shape)
  const own = Object.fromEntries(Object.entries(section).filter(([key]) => names.some((name) => isSlipOf(key, name))))
  if (!Object.keys(own).some((key) => isSlipOf(key, 'experiment_name'))) return undefined
  const read = Tracking.safeParse(own, { reportInput: true })
  if (!read.success) {
    throw new SettingsError(
      faultsOf(read.error, { file, name: path, schema: Tracking, value: own, path: ['tracking'] }),
    )
  }
  const { experiment_name: experimentName, run_name: runName, uri } = read.data
  if (experimentName === false) return undefined
  return { experimentName, runName: runName?.trim() || undefined, uri: uri?.trim() || undefined }
}

/** Whether `key` is `name`, or was meant to be; `experiment` may be another program's word. */
function isSlipOf(key: string, name: string): boolean {
  return Math.abs(key.length - name.length) <= 2 && nearest(key, [name]) !== undefined
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
