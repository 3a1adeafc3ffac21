import type { ActiveRun } from '@waymark/client/active-run'
import type { Trial, TrialListener } from './search.ts'
import { lastValues, type Point, shownParams, type TrialPlan } from './transform.ts'

/** Logs every trial as a child run while it is fitted, and how the search goes into the run itself. */
export interface TrialLog extends TrialListener, AsyncDisposable {}

interface Child {
  readonly run: Promise<ActiveRun | undefined>
  /** Points that have been logged. */
  logged: number
}

/**
 * @param onProblem told what the server refuses; training goes on without that child
 * @returns a log whose disposal waits until all is sent, and ends as FAILED what has not ended.
 */
export function logTrials(run: ActiveRun, onProblem: (words: string) => void): TrialLog {
  const children = new Map<string, Child>()
  const done = new Set<string>()
  const work: Promise<void>[] = []

  function childOf(plan: TrialPlan): Child {
    const known = children.get(plan.name)
    if (known) return known
    const started = startChild(run, plan, onProblem)
    const child: Child = { run: started, logged: 0 }
    children.set(plan.name, child)
    return child
  }

  function log(child: Child, points: readonly Point[]): void {
    child.logged += points.length
    work.push(child.run.then((to) => logPoints(to, points)))
  }

  return {
    onNews({ plan, points }) {
      // News that come after the result were in its history.
      if (!done.has(plan.name)) log(childOf(plan), points)
    },
    onEnd(trial: Trial) {
      const child = childOf(trial.plan)
      // News and result come on different ways: what the news have not brought yet is in the history.
      log(child, trial.history.slice(child.logged))
      children.delete(trial.plan.name)
      done.add(trial.plan.name)
      work.push(child.run.then((to) => to?.end('FINISHED')))
    },
    async [Symbol.asyncDispose]() {
      for (const child of children.values()) work.push(child.run.then((to) => to?.end('FAILED')))
      await Promise.all(work)
    },
  }
}

/** Logs points into a run. */
export function logPoints(run: ActiveRun | undefined, points: readonly Point[]): void {
  const steps = Map.groupBy(points, ({ step }) => step)
  for (const [step, some] of steps) run?.logMetrics(lastValues(some), { step })
}

async function startChild(
  run: ActiveRun,
  plan: TrialPlan,
  onProblem: (words: string) => void,
): Promise<ActiveRun | undefined> {
  try {
    const child = await run.startChild({ runName: plan.name })
    child.logParams({ family: plan.family, ...shownParams(plan) })
    return child
  } catch (error) {
    onProblem(`${plan.name} is not logged: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}
