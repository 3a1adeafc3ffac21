import type { Family } from './family.ts'
import { linear } from './linear.ts'
import { logistic } from './logistic.ts'
import { majority } from './majority.ts'
import { mlp } from './mlp.ts'

const families: Readonly<Record<string, Family>> = { majority, logistic, linear, mlp }

/** @throws {Error} where no family has that name; settings have checked it before. */
export function familyOf(name: string): Family {
  const family = Object.hasOwn(families, name) ? families[name] : undefined
  if (!family) throw new Error(`Cannot find model family "${name}": there are ${Object.keys(families).join(', ')}`)
  return family
}
