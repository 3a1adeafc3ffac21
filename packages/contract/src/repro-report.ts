import { z } from 'zod'

/** Where a repro keeps its record among the artifacts of its run. */
export const pipelineArtifacts = {
  report: 'pipeline/repro.json',
  lock: 'pipeline/pipeline.lock',
  file: 'pipeline/pipeline.yaml',
  diff: 'source/uncommitted.diff',
  environment: 'environment.json',
} as const

/** Tags that a repro gives its run. */
export const reproTags = {
  /** MD5 of the state: what the lock holds for the stages of this pipeline. */
  lock: 'waymark.lock',
  dirty: 'waymark.git.dirty',
  replayed: 'waymark.replayed',
  commit: 'mlflow.source.git.commit',
  branch: 'mlflow.source.git.branch',
  repository: 'mlflow.source.git.repoURL',
  parent: 'mlflow.parentRunId',
} as const

export const StageState = z.enum(['waiting', 'running', 'ran', 'restored', 'unchanged', 'failed', 'not reached'])
export type StageState = z.output<typeof StageState>

/** Why a stage was not up to date. `old` and `new` are hashes of files, or values of params as JSON text. */
export const ReproReason = z.object({
  kind: z.enum(['never ran', 'command', 'dep', 'param', 'out', 'forced', 'always changed']),
  /** The file it is about. */
  path: z.string().optional(),
  /** The key within a params file. */
  key: z.string().optional(),
  change: z.enum(['new', 'modified', 'deleted', 'not in cache']).optional(),
  old: z.string().optional(),
  new: z.string().optional(),
  /** One line for people: "config.yaml training.epochs changed 20 → 40". */
  text: z.string(),
})
export type ReproReason = z.output<typeof ReproReason>

const TrackedPath = z.object({
  path: z.string(),
  /** MD5 of the file, or of the manifest of a folder with `.dir` behind it; absent where nothing is there. */
  md5: z.string().optional(),
  /** bytes */
  size: z.number().optional(),
  /** files in a folder */
  nfiles: z.number().optional(),
})

export const ReproStage = z.object({
  name: z.string(),
  cmd: z.union([z.string(), z.array(z.string())]),
  state: StageState,
  /** All reasons, the decisive one first; empty for a stage that was up to date. */
  reasons: z.array(ReproReason),
  seconds: z.number(),
  exit_code: z.number().nullable(),
  /** Why it failed, for people. */
  error: z.string().optional(),
  /** The last lines that its command wrote to stderr; only of a failed stage. */
  stderr_tail: z.string().optional(),
  /** Stages whose outs this one reads. */
  needs: z.array(z.string()),
  deps: z.array(TrackedPath),
  outs: z.array(TrackedPath),
  /** Params by file and dotted key, values as in the file. */
  params: z.record(z.string(), z.record(z.string(), z.unknown())),
})
export type ReproStage = z.output<typeof ReproStage>

/** The record of one repro: `pipeline/repro.json` of its run. While stages run it is written anew after each. */
export const ReproReport = z.object({
  schema: z.literal(1),
  /** MD5 of the state after the repro; absent while it runs and where a stage failed. */
  lock: z.string().optional(),
  /** ms since epoch */
  started_at: z.number(),
  /** ms since epoch; absent while it runs */
  ended_at: z.number().optional(),
  stages: z.array(ReproStage),
})
export type ReproReport = z.output<typeof ReproReport>
