import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ActiveRun } from '@waymark/client/active-run'
import { attachRunOf } from '@waymark/client/run'
import { BackendError } from '@waymark/model-kit/backend-error'
import { TensorflowMissingError } from '@waymark/model-kit/load-tensorflow'
import { ModelFileError } from '@waymark/model-kit/model-file-error'
import { CellError } from '@waymark/model-kit/table'
import { readSettings, type SectionName, type Settings } from '@waymark/settings/read-settings'
import { SettingsError } from '@waymark/settings/settings-error'

/** One step of the pipeline: Read → Transform → Load. `transform` touches no file and no clock. */
export interface Stage<Name extends SectionName, Input, Output> {
  readonly name: string
  /** The sections of config.yaml that it uses: it is handed those and no others. */
  readonly sections: readonly Name[]
  read(at: StageContext<Name>): Promise<Input>
  transform(input: Input, at: StageContext<Name>): Output | Promise<Output>
  load(output: Output, at: StageContext<Name>): Promise<void>
}

export interface StageContext<Name extends SectionName = SectionName> {
  readonly settings: Pick<Settings, Name>
  /** The project's folder: where all paths begin. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The run to log into, where there is one. Logging never fails a stage and changes no output. */
  readonly run: ActiveRun | undefined
  /** Where the stage's lines and its progress bar go. */
  readonly out: LineOutput
  /** A line of its own. */
  say(line: string): void
  /** Words for the line of the step that is running: what it read, made or wrote. */
  note(words: string): void
}

/** As `process.stdout`. */
export interface LineOutput {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface StageOptions {
  readonly folder?: string
  /** Default: config.yaml in `folder`. */
  readonly config?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Default: the run that `env` names (MLFLOW_TRACKING_URI, MLFLOW_RUN_ID). */
  readonly run?: ActiveRun
  readonly out?: LineOutput
  /** Milliseconds, for the times in the lines. */
  readonly now?: () => number
}

/** Something that the person at the terminal can put right; its message is all that they need. */
export class StageError extends Error {
  override readonly name = 'StageError'
}

/** Runs a stage: Read, Transform, Load, a line with its time for each. Throws whatever a step throws. */
export async function runStage<Name extends SectionName, Input, Output>(
  stage: Stage<Name, Input, Output>,
  { folder = process.cwd(), config = join(folder, 'config.yaml'), ...options }: StageOptions = {},
): Promise<void> {
  const { env = process.env, out = process.stdout, now = () => performance.now() } = options
  const settings = await readSettings(config, { sections: stage.sections })
  // A run that was handed in is its owner's to end.
  await using attached = options.run ? undefined : await attachRunOf(env)
  let words = ''
  const context: StageContext<Name> = {
    ...{ settings, folder, env, out, run: options.run ?? attached },
    say: (line) => out.write(`${line}\n`),
    note: (noted) => {
      words = noted
    },
  }
  const step = async <Result>(name: string, work: () => Result | Promise<Result>): Promise<Result> => {
    words = ''
    const start = now()
    const result = await work()
    context.say(`${stage.name}  ${name.padEnd(9)}  ${words ? `${words}  ` : ''}${seconds(now() - start)}`)
    return result
  }
  const input = await step('read', () => stage.read(context))
  const output = await step('transform', () => stage.transform(input, context))
  await step('load', () => stage.load(output, context))
}

/** Runs a stage as the program that the pipeline starts: exit code 1 and words on stderr where it fails. */
export async function runAsProgram<Name extends SectionName, Input, Output>(
  stage: Stage<Name, Input, Output>,
): Promise<void> {
  try {
    await runStage(stage, { config: 'config.yaml' }) // as it is to be named in messages
  } catch (error) {
    console.error(isForUser(error) ? error.message : error)
    process.exitCode = 1
  }
}

/** Writes a file that others read: beside its place, then renamed into it. Makes the folders above it. */
export async function writeOutput(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const beside = `${path}.${process.pid}.part`
  await writeFile(beside, content)
  await rename(beside, path)
}

/** JSON as outputs have it. Numbers that JSON cannot write are the texts NaN, Infinity and -Infinity. */
export function jsonText(value: unknown): string {
  const finite = (_key: string, inner: unknown) =>
    typeof inner === 'number' && !Number.isFinite(inner) ? String(inner) : inner
  return `${JSON.stringify(value, finite, 1)}\n`
}

/** @returns whether the error's message is all that the person at the terminal needs. */
export function isForUser(error: unknown): error is Error {
  const kinds = [StageError, SettingsError, CellError, ModelFileError, BackendError, TensorflowMissingError]
  return kinds.some((kind) => error instanceof kind)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`
}
