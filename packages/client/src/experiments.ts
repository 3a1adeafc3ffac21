import { createExperiment, type Experiment, getExperiment, getExperimentByName } from '@waymark/contract/experiments'
import { ApiError } from './api-error.ts'
import { call } from './call.ts'
import type { Connection } from './connection.ts'

/** @returns the experiment of that name, deleted ones too, or undefined where there is none. */
export async function findExperiment(server: Connection, name: string): Promise<Experiment | undefined> {
  try {
    return (await call(server.base, getExperimentByName, { experiment_name: name }, server)).experiment
  } catch (error) {
    if (error instanceof ApiError && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
    throw error
  }
}

/**
 * @returns the experiment of that name, made where there is none; of two that make it at once both get the same.
 * @throws {Error} where it was deleted: nothing can be logged into it until it is restored.
 */
export async function ensureExperiment(server: Connection, name: string): Promise<Experiment> {
  const found = (await findExperiment(server, name)) ?? (await create(server, name))
  if (found.lifecycle_stage === 'deleted') {
    throw new Error(
      `Cannot log to experiment ${JSON.stringify(name)}: it was deleted. Restore it (id ${found.experiment_id}) or choose another name`,
    )
  }
  return found
}

async function create(server: Connection, name: string): Promise<Experiment> {
  try {
    const { experiment_id } = await call(server.base, createExperiment, { name }, server)
    return (await call(server.base, getExperiment, { experiment_id }, server)).experiment
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'RESOURCE_ALREADY_EXISTS') throw error
    return (await call(server.base, getExperimentByName, { experiment_name: name }, server)).experiment
  }
}
