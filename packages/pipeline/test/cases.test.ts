import { cpSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readTree, tempProject } from './temp-project.ts'

/**
 * One step of a case's expected.yaml: what is done to the project, then what a status or repro of it says. `files`
 * and `lock` are compared after it.
 */
interface Step {
  readonly write?: Record<string, string>
  readonly delete?: readonly string[]
  readonly touch?: readonly string[]
  readonly move?: Record<string, string>
  readonly targets?: readonly string[]
  readonly status?: Record<string, string>
  readonly repro?: Record<string, string>
  readonly error?: string
  readonly files?: Record<string, string | null>
}

const cases = join(import.meta.dirname, 'cases')

describe.each(readdirSync(cases))('%s', (name) => {
  test('goes as its expected.yaml says', async () => {
    const folder = join(cases, name)
    const project = tempProject({})
    cpSync(folder, project.root, { recursive: true })
    rmSync(join(project.root, 'expected.yaml'))
    const steps: readonly Step[] = parse(readFileSync(join(folder, 'expected.yaml'), 'utf8'))
    for (const [i, step] of steps.entries()) {
      project.write(step.write ?? {})
      for (const path of step.delete ?? []) rmSync(join(project.root, path), { recursive: true })
      for (const path of step.touch ?? []) utimesSync(join(project.root, path), new Date(), new Date())
      for (const [from, to] of Object.entries(step.move ?? {}))
        renameSync(join(project.root, from), join(project.root, to))
      const at = `step ${i + 1}`
      if (step.error) {
        const root = project.root
        await expect(project.repro(step.targets), at).rejects.toThrow(
          expect.objectContaining({ message: step.error.replaceAll('ROOT', root) }),
        )
      }
      if (step.status) expect(await project.status(), at).toEqual(step.status)
      if (step.repro) expect(await project.repro(step.targets), at).toEqual(step.repro)
      const tree = readTree(project.root)
      for (const [path, text] of Object.entries(step.files ?? {}))
        expect(tree[path] ?? null, `${at} ${path}`).toBe(text)
    }
  })
})
