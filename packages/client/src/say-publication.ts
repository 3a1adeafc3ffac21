import type { Publication } from './publish-model.ts'

/** @returns one line for people: which version of the model is champion now, and why. */
export function sayPublication({ name, version, champion, championVersion, reason }: Publication): string {
  const words = {
    moved: 'is now champion',
    same: 'stays champion',
    kept: `stays champion; this model is version ${version}`,
  }[champion]
  return `${name} version ${championVersion} ${words}: ${reason}`
}
