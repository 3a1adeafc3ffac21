import type { Change } from './why-run.ts'

/** What a stage reads or leaves: a file or folder, by the MD5 of its content. */
export interface TrackedPath {
  /** As written in the stage file, relative to the stage's wdir. */
  readonly path: string
  /** MD5 of the file, or of the folder's manifest with `.dir` behind it; undefined where nothing is there. */
  readonly md5?: string | undefined
  /** bytes */
  readonly size?: number | undefined
  /** files in a folder */
  readonly nfiles?: number | undefined
}

export type StageState = 'ran' | 'restored' | 'unchanged' | 'failed' | 'not reached'

/** What became of one stage in one repro. */
export interface StageResult {
  /** The stage's address: `training`, or `sub/dvc.yaml:training` for a stage file elsewhere. */
  readonly name: string
  readonly cmd: string | readonly string[]
  readonly state: StageState
  /** Why it was not up to date, the decisive one first; empty for an unchanged stage. */
  readonly reasons: readonly Change[]
  readonly seconds: number
  /** undefined where no command ran */
  readonly exitCode?: number | undefined
  /** Addresses of the stages whose outs it reads. */
  readonly needs: readonly string[]
  readonly deps: readonly TrackedPath[]
  readonly outs: readonly (TrackedPath & { readonly role: 'out' | 'metric' | 'plot'; readonly cache: boolean })[]
  /** By params file, then dotted key; values as when the repro began. */
  readonly params: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly meta?: unknown
  /** Its command was started; only of a failed stage. */
  readonly began?: boolean | undefined
  /** The last lines the command wrote to stderr; only of a failed stage. */
  readonly stderrTail?: string | undefined
  /** Why it failed, for people. */
  readonly error?: string | undefined
}

export type ReproEvent =
  | { readonly kind: 'stage started'; readonly stage: string; readonly reasons: readonly Change[] }
  | { readonly kind: 'output'; readonly stage: string; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  | { readonly kind: 'stage done'; readonly result: StageResult }
  /** One line for people: another repro is waited for, a killed one was cleared up after, a file was kept. */
  | { readonly kind: 'note'; readonly stage?: string; readonly text: string }

/** All stages of the repro in the order they were visited. */
export interface ReproResult {
  readonly stages: readonly StageResult[]
  /** MD5 of what the lock now holds for these stages; undefined where a stage failed or was not reached. */
  readonly state?: string | undefined
}

export interface ReproOptions {
  /** The project's root: the folder with `.dvc/`, `.waymark/`, pipeline.yaml or dvc.yaml. */
  readonly root: string
  /** Stages to reproduce, with what they need; all when empty. */
  readonly targets?: readonly string[]
  /** Run also what is up to date. */
  readonly force?: boolean
  readonly signal?: AbortSignal
  readonly onEvent?: (event: ReproEvent) => void
  /**
   * Called once, before the first stage that is to be run or restored. What it returns is added to the environment
   * of every command, and never hashed. Where it throws, the repro ends there with nothing changed.
   */
  readonly begin?: (first: {
    readonly stage: string
    readonly reasons: readonly Change[]
  }) => Promise<Readonly<Record<string, string>>>
  /** Called once with the result, also of a repro in which a stage failed, before another repro may begin. */
  readonly settle?: (result: ReproResult) => Promise<void>
}
