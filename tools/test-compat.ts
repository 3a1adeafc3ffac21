/**
 * `npm run test:compat [suite …]`: other people's programs, unchanged, against ours. Each suite gets a Python
 * environment of its own below .waymark/compat-venv, which is kept for the next time.
 * Ends with "N passed, N failed" and an exit code that says the same.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PrerequisiteError, pythonFor } from './compat/python.ts'
import type { Counts, Suite } from './compat/suite.ts'
import { suites } from './compat/suites.ts'

const root = join(import.meta.dirname, '..')
const names = process.argv.slice(2)
const unknown = names.filter((name) => !suites.some((suite) => suite.name === name))
if (unknown.length > 0) {
  fail(
    `Cannot run ${unknown.join(', ')}: there is no such suite. Choose among ${suites.map(({ name }) => name).join(', ')}`,
  )
}
if (!existsSync(join(root, 'node_modules'))) fail('Cannot run the suites: node_modules is missing. Run npm ci first')

const total = { passed: 0, failed: 0 }
for (const suite of suites) {
  if (names.length > 0 && !names.includes(suite.name)) continue
  const { passed, failed } = await counted(suite)
  total.passed += passed
  total.failed += failed
}
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

async function counted(suite: Suite): Promise<Counts> {
  console.log(`${suite.name}: ${suite.about}`)
  try {
    const python = suite.packages ? await pythonFor(root, { name: suite.name, packages: suite.packages }) : ''
    return await suite.run({ root, python, say: console.log })
  } catch (error) {
    if (!(error instanceof PrerequisiteError)) throw error
    // a machine that lacks something must not look like one that passed
    console.log(`not ok ${suite.name}: ${error.message}`)
    return { passed: 0, failed: 1 }
  }
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
