import { availableParallelism } from 'node:os'
import { useBackend } from '@waymark/model-kit/backend'
import type { Observations } from '@waymark/model-kit/families/family'
import { Piscina } from 'piscina'
import { StageError } from '../stage.ts'
import type { TrialPlan, TrialResult } from './transform.ts'
import type { FittedTrial, TrialData, TrialNews } from './trial.ts'

export interface Trial extends TrialResult, FittedTrial {}

/** Told how trials go, as they go. */
export interface TrialListener {
  /** A trial has begun, or an epoch has ended. */
  onNews(news: TrialNews): void
  onEnd(trial: Trial): void
}

export interface TrialPool extends AsyncDisposable {
  /**
   * Fits the plans, several at a time.
   * @returns their results in the order of the plans, which do not depend on how many workers there are.
   */
  run(plans: readonly TrialPlan[], listener: TrialListener): Promise<Trial[]>
}

/** @returns workers that fit trials on `data`. */
export async function openTrialPool(data: TrialData, { workers }: { workers: number }): Promise<TrialPool> {
  // The native library reads the environment of the main thread alone; and a backend that is missing is told from here.
  if (data.backend === 'tensorflow') await useBackend('tensorflow')
  const pool = new Piscina<TrialPlan, FittedTrial>({
    filename: new URL('./trial.ts', import.meta.url).href,
    name: 'runTrial',
    maxThreads: workers,
    minThreads: workers,
    workerData: { ...data, train: inSharedMemory(data.train), validation: inSharedMemory(data.validation) },
  })
  return {
    async run(plans, listener) {
      const onMessage = (news: TrialNews) => listener.onNews(news)
      pool.on('message', onMessage)
      try {
        return await Promise.all(
          plans.map(async (plan) => {
            const trial = { plan, ...(await pool.run(plan)) }
            listener.onEnd(trial)
            return trial
          }),
        )
      } finally {
        pool.off('message', onMessage)
      }
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  }
}

/** @returns how many workers fit the trials: WAYMARK_WORKERS, else one for each trial up to the processor's cores. */
export function workersFor(trials: number, env: Readonly<Record<string, string | undefined>>): number {
  const given = env['WAYMARK_WORKERS']
  if (!given) return Math.max(1, Math.min(trials, availableParallelism()))
  if (!/^[1-9]\d*$/.test(given))
    throw new StageError(`WAYMARK_WORKERS: expected a whole number of at least 1, found ${JSON.stringify(given)}`)
  return Number(given)
}

function inSharedMemory(observations: Observations): Observations {
  const inputs = new Float32Array(new SharedArrayBuffer(observations.inputs.byteLength))
  const targets = new Float64Array(new SharedArrayBuffer(observations.targets.byteLength))
  inputs.set(observations.inputs)
  targets.set(observations.targets)
  return { ...observations, inputs, targets }
}
