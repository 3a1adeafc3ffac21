import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Connection, connectTo, type Environment } from '@waymark/client/connection'
import { findExperiment } from '@waymark/client/experiments'
import { parseJson } from '@waymark/client/parse-json'
import { mayPass, messageOf } from '@waymark/client/retry'
import type { Experiment } from '@waymark/contract/experiments'
import { z } from 'zod'
import { quote, UserError } from '../user-error.ts'

export interface ServerChoice {
  /** As it was given: what a stage's own client is handed. */
  readonly trackingUri: string
  readonly server: Connection
  /** undefined where the server has no experiment of that name yet. */
  readonly experiment: Experiment | undefined
}

export interface ServerSources {
  readonly root: string
  readonly env: Environment
  /** `--tracking-uri` */
  readonly flag: string | undefined
  /** `tracking.uri` of config.yaml */
  readonly configured: string | undefined
  readonly experimentName: string
}

/**
 * The first server that is given, asked for the experiment, so that one that is away or is no tracking server is
 * found out before anything runs: `--tracking-uri`, `MLFLOW_TRACKING_URI`, the one that `npm start` or `waymark
 * server` runs in this folder, `tracking.uri` of config.yaml.
 * @throws {UserError} where none is given or the given one does not answer.
 */
export async function chooseServer(sources: ServerSources): Promise<ServerChoice> {
  const { root, env, flag, configured, experimentName } = sources
  const given = flag || env['MLFLOW_TRACKING_URI']
  if (given) return ask(given, flag ? '--tracking-uri' : 'MLFLOW_TRACKING_URI', env, experimentName)
  const started = await startedHere(root)
  if (started) {
    const answer = await ask(started, serverFile, env, experimentName).catch((error: unknown) => {
      if (error instanceof UserError && error.code === 'server-away') return undefined // it was ended, or killed
      throw error
    })
    if (answer) return answer
  }
  if (configured) return ask(configured, 'tracking.uri of config.yaml', env, experimentName)
  throw new UserError('no-server', {
    message: 'Cannot track this repro: no tracking server is given, and none runs in this folder',
    hint: `Start one here with waymark server (or npm start), name one with --tracking-uri or MLFLOW_TRACKING_URI, or go on without: --no-track`,
  })
}

const serverFile = '.waymark/server.json'

/** Written by `npm start` and `waymark server` once the server answers. */
const StartedServer = z.object({ tracking_uri: z.string() })

async function startedHere(root: string): Promise<string | undefined> {
  const text = await readFile(join(root, serverFile), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    return undefined
  })
  // Cut off by a crash it says as little as none at all.
  return text === undefined ? undefined : StartedServer.safeParse(parseJson(text)).data?.tracking_uri
}

async function ask(trackingUri: string, from: string, env: Environment, experimentName: string): Promise<ServerChoice> {
  const server = connectTo(trackingUri, { env })
  try {
    const quick = { ...server, signal: AbortSignal.timeout(10_000) }
    const experiment = await findExperiment(quick, experimentName)
    if (experiment?.lifecycle_stage === 'deleted') throw experimentDeleted(experiment)
    return { trackingUri, server, experiment }
  } catch (error) {
    if (error instanceof UserError) throw error
    if (error instanceof Error && error.name === 'ApiError' && !mayPass(error)) {
      throw new UserError('server-refuses', {
        message: `Cannot track this repro: ${quote(server.base)} (${from}) refuses to look up experiment ${quote(experimentName)}: ${error.message}`,
        hint: 'Check the address and MLFLOW_TRACKING_TOKEN, or go on without: --no-track',
        cause: error,
      })
    }
    throw new UserError('server-away', {
      message: `Cannot track this repro: the tracking server ${quote(server.base)} (${from}) does not answer: ${messageOf(error)}`,
      hint: 'Start it (npm start, or waymark server), name another one with --tracking-uri, or go on without: --no-track',
      cause: error,
    })
  }
}

function experimentDeleted({ name, experiment_id }: Experiment): UserError {
  return new UserError('experiment-deleted', {
    message: `Cannot track this repro: experiment ${quote(name)} (id ${experiment_id}) was deleted`,
    hint: 'Restore it, choose another tracking.experiment_name in config.yaml, or go on without: --no-track',
  })
}
