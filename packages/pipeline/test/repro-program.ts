import { reproduce } from '../src/reproduce.ts'

// A repro as a process of its own, for tests that kill it: one line of JSON per event, the results last.
const root = process.argv[2] ?? '.'
const tell = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
const result = await reproduce({ root, onEvent: tell })
tell({ kind: 'result', states: Object.fromEntries(result.stages.map((stage) => [stage.name, stage.state])) })
