import { mkdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { carryIgnored } from './carry-ignored.ts'
import { quote } from './errors.ts'
import { ignoreOuts } from './git-ignored-outs.ts'
import { keepResults } from './keep-results.ts'
import { tokenVariable } from './leftover-processes.ts'
import type { LockEntry } from './lock-entry.ts'
import { moveOutsAside } from './outs-aside.ts'
import type { Project } from './project.ts'
import type { Snapshot } from './snapshot.ts'
import type { Stage } from './stage.ts'
import { missingInput } from './stage-entry.ts'
import { StageFailure } from './stage-failure.ts'
import { noteKept, type StageHooks } from './stage-hooks.ts'

/**
 * Runs a stage's command, keeps its outs in the cache and writes its lock entry.
 * @returns the new entry
 * @throws {StageFailure}
 */
export async function runStage(project: Project, stage: Stage, now: Snapshot, hooks: StageHooks): Promise<LockEntry> {
  refuseMissingInputs(stage, now)
  if (!statSync(stage.wdir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new StageFailure(
      `${stage.where} the working folder ${quote(relative(project.root, stage.wdir))} does not exist. Make it, or change wdir`,
    )
  }
  await keepOwnChanges(project, stage, now, hooks)
  const aside = await moveOutsAside(project, stage)
  let dropping = false
  try {
    for (const out of stage.outs) mkdirSync(dirname(out.at), { recursive: true })
    await runCommands(project, stage, aside.token, hooks)
    carryIgnored(project, stage, aside)
    const entry = await keepResults(project, stage, now, hooks)
    hooks.signal.throwIfAborted()
    ignoreOuts(project.root, stage)
    aside.committing(entry)
    project.lock(stage).set(stage.name, entry)
    dropping = true
    return entry
  } finally {
    await (dropping ? aside.drop() : aside.putBack())
  }
}

function refuseMissingInputs(stage: Stage, now: Snapshot): void {
  const missing = missingInput(now)
  if (!missing) return
  if (missing.keys) {
    const names = missing.keys.map((key) => `'${key}'`).join(', ')
    throw new StageFailure(
      `${stage.where} the params ${names} are missing from ${quote(missing.path)}. Add them, or take them out of the stage`,
    )
  }
  throw new StageFailure(
    `${stage.where} dependency ${quote(missing.path)} does not exist, and no stage makes it. Add the file, or a stage that makes it`,
  )
}

/** Outs that are not what the stage left there may be somebody's work: they are kept before they give way. */
async function keepOwnChanges(project: Project, stage: Stage, now: Snapshot, hooks: StageHooks): Promise<void> {
  const locked = project.lock(stage).get(stage.name)
  for (const { out, content } of now.outs) {
    const known = locked?.outs.find((each) => each.path === out.path)?.md5
    if (!content || content.md5 === known || out.persist) continue
    const unsaved = []
    for (const file of content.files) if (!(await project.cache.has(file.md5))) unsaved.push(file)
    await project.cache.saveFiles(unsaved)
    noteKept(project, stage, unsaved, hooks)
  }
}

async function runCommands(project: Project, stage: Stage, token: string, hooks: StageHooks): Promise<void> {
  const env = {
    ...inherited(),
    ...hooks.env,
    PATH: [dirname(process.execPath), join(project.root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(':'),
    DVC_ROOT: project.root,
    DVC_STAGE: stage.address,
    [tokenVariable]: token,
  }
  for (const script of scriptsOf(stage.cmd)) {
    hooks.signal.throwIfAborted()
    const outcome = await hooks.executor.run(
      { script, cwd: stage.wdir, env },
      { signal: hooks.signal, onOutput: hooks.onOutput },
    )
    hooks.signal.throwIfAborted()
    if (outcome.kind === 'killed') throw new StageFailure(`failed to run: ${script}, ended by ${outcome.signal}`)
    if (outcome.exitCode !== 0) {
      throw new StageFailure(`failed to run: ${script}, exited with ${outcome.exitCode}`, {
        exitCode: outcome.exitCode,
      })
    }
    if (outcome.leftRunning) {
      hooks.onNote(`${stage.address}: it left a process running in the background, which is not waited for`)
    }
  }
}

/** As in DVC each line of a text is a shell of its own; an item of a list is one, however many lines it has. */
function scriptsOf(cmd: string | readonly string[]): readonly string[] {
  if (typeof cmd !== 'string') return cmd
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what Python's splitlines takes for the end of a line
  return cmd.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/).filter((line) => line.trim() !== '')
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
