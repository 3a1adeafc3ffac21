import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeBeside } from '@waymark/content-store/write-beside'
import { encodeJson } from '@waymark/contract/proto'
import { type GitState, isDirty } from './git-state.ts'

/** The details of a build, for whoever deploys it: `models/meta.json`. */
export interface BuildDetails {
  /** Name by rule. */
  readonly name: string
  readonly registered_model: string
  /** Of the registered model; null where the repro was not tracked. */
  readonly version: string | null
  readonly run_id: string | null
  readonly metrics: Readonly<Record<string, number>>
  readonly params: Readonly<Record<string, string>>
  readonly git: GitState
  /** Hash of the pipeline's state. */
  readonly lock: string
  readonly time: Date
}

/** Writes the details, but for those of the same build that are there: their time is when it was made. */
export async function writeBuildDetails(file: string, { git, time, ...details }: BuildDetails): Promise<void> {
  const isRepository = git.kind === 'repository'
  const build = {
    ...details,
    git_sha: (isRepository && git.commit) || null,
    git_dirty: isRepository ? isDirty(git) : null,
  }
  const { time: _, ...there } = await readDetails(file)
  if (encodeJson(there) === encodeJson(build)) return
  await mkdir(dirname(file), { recursive: true })
  const text = encodeJson({ ...build, time: time.toISOString() })
  writeBeside(file, `${JSON.stringify(JSON.parse(text), null, 2)}\n`)
}

/** @returns what is there; nothing where there is no such file, or one that was cut off or edited into no JSON. */
async function readDetails(file: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown> // compared as a whole, never read
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      return {}
    throw error
  }
}
