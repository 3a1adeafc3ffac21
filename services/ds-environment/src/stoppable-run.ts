import type { ActiveRun } from '@waymark/client/active-run'

/**
 * A run that makes no child any more once `signal` has told so. What was being made then is waited for by `settled`, so that
 * after it all children of the run are known to the server.
 */
export function stoppableRun(run: ActiveRun, signal: AbortSignal): { run: ActiveRun; settled(): Promise<void> } {
  const pending = new Set<Promise<ActiveRun>>()
  const startChild: ActiveRun['startChild'] = async (options) => {
    signal.throwIfAborted()
    const starting = run.startChild(options)
    pending.add(starting)
    try {
      return await starting
    } finally {
      pending.delete(starting)
    }
  }
  return {
    run: { ...run, startChild },
    async settled() {
      await Promise.allSettled(pending)
    },
  }
}
