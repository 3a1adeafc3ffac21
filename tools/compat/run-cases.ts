import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Counts } from './suite.ts'

/**
 * Runs a program that prints `ok <name>` and `not ok <name>` lines, and passes all it says on.
 * @returns how many of each; a program that fails without having said so counts as one failure.
 */
export async function runCases(
  program: string,
  words: readonly string[],
  { env, say }: { env: NodeJS.ProcessEnv; say: (line: string) => void },
): Promise<Counts> {
  const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const counts = { passed: 0, failed: 0 }
  for await (const line of createInterface({ input: child.stdout })) {
    say(line)
    if (line.startsWith('ok ')) counts.passed += 1
    if (line.startsWith('not ok ')) counts.failed += 1
  }
  const [code] = await ended
  if (code !== 0 && counts.failed === 0) {
    say(`not ok ${program} ended with ${code}`)
    counts.failed += 1
  }
  return counts
}
