import { join, relative } from 'node:path'
import { faultsOf } from '@waymark/settings/faults'
import { readSettings } from '@waymark/settings/read-settings'
import { Serving, type ServingSettings } from '@waymark/settings/serving'
import { SettingsError } from '@waymark/settings/settings-error'
import { readSettingsFile } from '@waymark/settings/settings-file'

/**
 * Reads the settings by which a model is published.
 * @param address `<file>:<section>`: the file relative to `folder`, the section a dotted key
 * @throws {SettingsError} with all faults, each with its file as seen from where the program was started, line and key
 */
export async function readServing(folder: string, address: string): Promise<ServingSettings> {
  const [file = '', section = ''] = address.split(':')
  const name = relative('', join(folder, file))
  if (section === 'serving') return (await readSettings(name, { sections: ['serving'] })).serving
  const settings = await readSettingsFile(name)
  const path = section.split('.')
  const value = path.reduce<unknown>((at, key) => (isMap(at) ? at[key] : undefined), settings.value)
  const read = Serving.safeParse(value, { reportInput: true })
  if (read.success) return read.data
  throw new SettingsError(faultsOf(read.error, { file: settings, name, schema: Serving, value, path }))
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
