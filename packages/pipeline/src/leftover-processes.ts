import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { hasCode } from '@waymark/content-store/fs-errors'

export const tokenVariable = 'WAYMARK_STAGE_TOKEN'

/**
 * Ends the processes that a killed repro left running, found by the token in their environment (Linux; elsewhere
 * nothing is found).
 */
export async function endLeftovers(token: string): Promise<void> {
  const waitUntil = performance.now() + 3000
  for (let found = withToken(token); found.length > 0; found = withToken(token)) {
    const signal = performance.now() < waitUntil ? 'SIGTERM' : 'SIGKILL'
    for (const pid of found) send(pid, signal)
    await delay(50)
  }
}

function withToken(token: string): number[] {
  return processes().filter((pid) => pid !== process.pid && environmentOf(pid).includes(`${tokenVariable}=${token}`))
}

function processes(): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** Empty for a process that is gone, is a zombie, or belongs to somebody else. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return ''
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}
