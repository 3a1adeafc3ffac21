import { invalid } from './mlflow-error.ts'

export const modelStages = ['None', 'Staging', 'Production', 'Archived'] as const
export type ModelStage = (typeof modelStages)[number]

/** A model version's stage, in any case. @throws {MlflowError} 400 */
export function modelStage(text: string): ModelStage {
  const stage = modelStages.find((known) => known.toLowerCase() === text.toLowerCase())
  if (stage) return stage
  throw invalid(`Invalid Model Version stage: ${text}. Value must be one of ${modelStages.join(', ')}.`)
}

/** A version's number. @throws {MlflowError} 400 for what is no whole number */
export function versionNumber(version: string): number {
  if (/^\d{1,9}$/.test(version)) return Number(version)
  throw invalid(`Parameter 'version' must be an integer, got '${version.slice(0, 50)}'.`)
}
