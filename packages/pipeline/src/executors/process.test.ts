import { describe, expect, test } from 'vitest'
import { executorKeepsItsPromises } from '../../test/executor-conformance.ts'
import { processExecutor, shellOf } from './process.ts'

describe('process executor', () => {
  executorKeepsItsPromises(processExecutor)
})

test("the user's shell runs commands, without the user's own start-up files", () => {
  expect(shellOf({ SHELL: '/bin/bash' })).toEqual({ file: '/bin/bash', flags: ['--noprofile', '--norc'] })
  expect(shellOf({})).toEqual({ file: '/bin/sh', flags: [] })
})
