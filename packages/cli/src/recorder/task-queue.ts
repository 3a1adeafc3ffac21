/** Runs tasks one after the other, aside from whoever adds them. */
export interface TaskQueue {
  /** Never throws: what a task throws is told to `onFailure`, and the next one goes on. */
  add(task: () => Promise<void>): void
  /** Waits until all that was added is done. */
  done(): Promise<void>
}

export function taskQueue(onFailure: (error: unknown) => void): TaskQueue {
  let last = Promise.resolve()
  return {
    add(task) {
      last = last.then(task).catch(onFailure)
    },
    done: () => last,
  }
}
