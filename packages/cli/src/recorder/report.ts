import { stripVTControlCharacters } from 'node:util'
import type { ReproReason, ReproReport, ReproStage } from '@waymark/contract/repro-report'
import type { StageResult, TrackedPath } from '@waymark/pipeline/events'
import { type Change, sayChange } from '@waymark/pipeline/why-run'
import type { PlannedStage } from './planned-stages.ts'

/** A stage that runs now. */
export interface RunningStage {
  readonly stage: string
  readonly reasons: readonly Change[]
}

/** The record of a repro as it stands: `pipeline/repro.json`. */
export function reproReport(repro: {
  readonly startedAt: number
  readonly endedAt?: number | undefined
  readonly state?: string | undefined
  readonly planned: readonly PlannedStage[]
  readonly done: readonly StageResult[]
  readonly running?: RunningStage | undefined
}): ReproReport {
  const done = new Set(repro.done.map(({ name }) => name))
  const ahead = repro.endedAt === undefined ? repro.planned.filter(({ name }) => !done.has(name)) : []
  return {
    schema: 1,
    ...(repro.state === undefined ? {} : { lock: repro.state }),
    started_at: repro.startedAt,
    ...(repro.endedAt === undefined ? {} : { ended_at: repro.endedAt }),
    stages: [...repro.done.map(stageOf), ...ahead.map((stage) => stageAhead(stage, repro.running))],
  }
}

function stageOf(result: StageResult): ReproStage {
  return {
    name: result.name,
    cmd: typeof result.cmd === 'string' ? result.cmd : [...result.cmd],
    state: result.state,
    reasons: result.reasons.map(reasonOf),
    seconds: result.seconds,
    exit_code: result.exitCode ?? null,
    ...(result.error === undefined ? {} : { error: result.error }),
    ...(result.stderrTail === undefined ? {} : { stderr_tail: stripVTControlCharacters(result.stderrTail) }),
    needs: [...result.needs],
    deps: result.deps.map(pathOf),
    outs: result.outs.map(pathOf),
    params: Object.fromEntries(Object.entries(result.params).map(([file, values]) => [file, { ...values }])),
  }
}

function stageAhead({ name, cmd, needs, params }: PlannedStage, running: RunningStage | undefined): ReproStage {
  const isRunning = running?.stage === name
  return {
    name,
    cmd: typeof cmd === 'string' ? cmd : [...cmd],
    state: isRunning ? 'running' : 'waiting',
    reasons: isRunning ? running.reasons.map(reasonOf) : [],
    seconds: 0,
    exit_code: null,
    needs: [...needs],
    deps: [],
    outs: [],
    params: Object.fromEntries(Object.entries(params).map(([file, values]) => [file, { ...values }])),
  }
}

function reasonOf(change: Change): ReproReason {
  const text = sayChange(change)
  switch (change.kind) {
    case 'never ran':
    case 'forced':
    case 'always changed':
      return { kind: change.kind, text }
    case 'command':
      return { kind: change.kind, old: change.old, new: change.new, text }
    case 'dep':
    case 'out':
      return { kind: change.kind, path: change.path, change: change.change, ...valuesOf(change, String), text }
    case 'param': {
      const { kind, path, key } = change
      return { kind, path, key, change: change.change, ...valuesOf(change, JSON.stringify), text }
    }
    default:
      return change satisfies never
  }
}

function valuesOf(change: { readonly old?: unknown; readonly new?: unknown }, say: (value: unknown) => string) {
  return {
    ...(change.old === undefined ? {} : { old: say(change.old) }),
    ...(change.new === undefined ? {} : { new: say(change.new) }),
  }
}

function pathOf({ path, md5, size, nfiles }: TrackedPath) {
  return {
    path,
    ...(md5 === undefined ? {} : { md5 }),
    ...(size === undefined ? {} : { size }),
    ...(nfiles === undefined ? {} : { nfiles }),
  }
}
