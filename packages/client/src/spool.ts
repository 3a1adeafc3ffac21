/**
 * What could not be sent, kept on disk until the server is back: one folder per run with `run.json`, `log.jsonl` in
 * the order it was logged, and the bytes of artifacts. Credentials are never written into it.
 */
import { copyFile, mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tag } from '@waymark/contract/experiments'
import { encodeJson } from '@waymark/contract/proto'
import { createRun, Metric, Param, RunStatus } from '@waymark/contract/runs'
import { z } from 'zod'
import type { ArtifactSource } from './artifacts.ts'
import type { Entry } from './entries.ts'
import { hold, ownerMark, release } from './spool-owner.ts'

/** The run that a spool folder belongs to; one that the server has not made yet has no id. */
export const SpooledRun = z.object({
  trackingUri: z.string(),
  runId: z.string().optional(),
  /** What makes the run, where it has no id: the body of `runs/create`. */
  create: createRun.request.optional(),
})
export type SpooledRun = z.input<typeof SpooledRun>

export interface Spool {
  readonly folder: string
  append(entries: readonly Entry[]): Promise<void>
  keepArtifact(path: string, source: ArtifactSource): Promise<void>
  /** Leaves the folder to whoever sends it next. */
  release(): void
}

const Line = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('metric'), metric: Metric }),
  z.object({ kind: z.literal('param'), param: Param }),
  z.object({ kind: z.literal('tag'), tag: Tag }),
  z.object({ kind: z.literal('end'), status: RunStatus, endTime: z.number() }),
  z.object({ kind: z.literal('artifact'), path: z.string(), file: z.string() }),
])
export type SpoolLine = z.output<typeof Line>
type NewLine = Entry | Extract<SpoolLine, { kind: 'artifact' }>

/** Opens a folder for one run below `dir`. It belongs to this process until the process ends. */
export async function openSpool(dir: string, run: SpooledRun): Promise<Spool> {
  const folder = join(dir, `${Date.now()}-${run.runId ?? crypto.randomUUID()}.${ownerMark()}`)
  hold(folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeDurably(join(folder, 'run.json'), JSON.stringify(run), 'w') // whole before anything is promised
  const append = (lines: readonly NewLine[]) =>
    writeDurably(join(folder, 'log.jsonl'), lines.map((line) => `${encodeJson(line)}\n`).join(''), 'a')
  let files = 0
  return {
    folder,
    append,
    release: () => release(folder),
    async keepArtifact(path, source) {
      const file = `artifact-${files++}`
      if ('file' in source) await copyFile(source.file, join(folder, file))
      else await writeFile(join(folder, file), source.bytes)
      await append([{ kind: 'artifact', path, file }])
    },
  }
}

/**
 * @returns whose spool it is; undefined where the program ended before it had promised to keep anything.
 * @throws {Error} where something is kept, and nobody can say of which run.
 */
export async function readSpooledRun(folder: string): Promise<SpooledRun | undefined> {
  try {
    return SpooledRun.parse(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')))
  } catch (error) {
    if (!(error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT')))
      throw error
    if (!(await readdir(folder)).includes('log.jsonl')) return undefined
    const file = JSON.stringify(join(folder, 'run.json'))
    throw new Error(`${file} is damaged, so of which run this is cannot be told. Mend it, or delete its folder`, {
      cause: error,
    })
  }
}

/** @returns what was logged, in order; a last line that a crash has cut off was never promised, and is left out. */
export async function readSpool(folder: string): Promise<SpoolLine[]> {
  const text = await readFile(join(folder, 'log.jsonl'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => Line.parse(JSON.parse(line)))
}

async function writeDurably(file: string, text: string, flags: 'w' | 'a'): Promise<void> {
  await using handle = await open(file, flags, 0o600)
  await handle.appendFile(text)
  await handle.datasync()
}
