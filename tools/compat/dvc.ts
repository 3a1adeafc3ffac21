import { dirname } from 'node:path'
import { dvcSuite } from '../../packages/pipeline/compat/dvc.ts'
import type { Suite } from './suite.ts'

/** The real DVC and our engine, alternating on the same projects. */
export const dvc: Suite = {
  name: 'dvc',
  about: 'DVC and waymark alternating on one project: verdicts, locks, caches',
  packages: () => ['dvc==3.67.1'],
  async run({ python, say }) {
    const counts = { passed: 0, failed: 0 }
    for await (const { name, error } of dvcSuite(dirname(python))) {
      if (error === undefined) counts.passed++
      else counts.failed++
      say(
        error === undefined
          ? `ok ${name}`
          : `not ok ${name}: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
    return counts
  },
}
