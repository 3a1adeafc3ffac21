import type { z } from 'zod'
import { Data } from './data.ts'
import { Explainability } from './explainability.ts'
import { faultsOf, found, unknownKey } from './faults.ts'
import { Serving } from './serving.ts'
import { type Fault, SettingsError } from './settings-error.ts'
import { readSettingsFile, type SettingsFile } from './settings-file.ts'
import { Tracking } from './tracking.ts'
import { Training } from './training.ts'

const sections = {
  tracking: Tracking,
  data: Data,
  training: Training,
  explainability: Explainability,
  serving: Serving,
}

export type SectionName = keyof typeof sections
export type Settings = { readonly [Name in SectionName]: z.output<(typeof sections)[Name]> }

/**
 * Reads a config.yaml: the named sections and no others, or the whole file where none are named.
 * @returns the settings with their defaults filled in, frozen to the last leaf.
 * @throws {SettingsError} with all faults at once, each with its file, line and key.
 */
export async function readSettings<Name extends SectionName = SectionName>(
  path: string,
  options: { sections?: readonly Name[] } = {},
): Promise<Pick<Settings, Name>> {
  const file = await readSettingsFile(path)
  const names: readonly SectionName[] = options.sections ?? sectionNames
  const faults = options.sections ? [] : unknownSections(file, path)
  const settings: Partial<Record<SectionName, unknown>> = {}
  for (const name of names) {
    const section = isMap(file.value) ? file.value[name] : undefined
    if (section === undefined) {
      faults.push(missingSection(name, file, path))
      continue
    }
    // A section whose keys are all commented out is an empty one, not null.
    const parsed = sections[name].safeParse(section ?? {}, { reportInput: true })
    if (parsed.success) settings[name] = parsed.data
    else {
      const place = { file, name: path, schema: sections[name], value: section ?? {}, path: [name] }
      faults.push(...faultsOf(parsed.error, place))
    }
  }
  if (faults.length > 0) throw new SettingsError(inOrder(faults))
  // Each named section was parsed by its own schema, or its fault has been thrown.
  return deepFreeze(settings) as Pick<Settings, Name>
}

// Object.keys forgets that these are exactly the keys of `sections`.
const sectionNames = Object.keys(sections) as SectionName[]

function unknownSections(file: SettingsFile, path: string): Fault[] {
  if (!isMap(file.value))
    return [{ file: path, key: '', words: `expected settings by section, found ${found(file.value)}` }]
  return Object.keys(file.value)
    .filter((key) => !Object.hasOwn(sections, key))
    .map((key) => ({ file: path, ...lineAt(file, key), key, words: unknownKey(key, sectionNames) }))
}

function missingSection(name: SectionName, file: SettingsFile, path: string): Fault {
  const present = isMap(file.value) ? Object.keys(file.value).filter((key) => !Object.hasOwn(sections, key)) : []
  const mistyped = present.find((key) => unknownKey(key, [name]).includes('did you mean'))
  if (mistyped === undefined) return { file: path, key: name, words: 'expected this section, found nothing' }
  return { file: path, ...lineAt(file, mistyped), key: mistyped, words: unknownKey(mistyped, [name]) }
}

/** By line; a section that is missing because its name is mistyped is told once. */
function inOrder(faults: readonly Fault[]): Fault[] {
  const once = new Map(faults.map((fault) => [`${fault.line} ${fault.key} ${fault.words}`, fault]))
  return [...once.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

function lineAt(file: SettingsFile, key: string): { line?: number } {
  const line = file.lineOf([key])
  return line === undefined ? {} : { line }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}
