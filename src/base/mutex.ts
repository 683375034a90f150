/** Runs what it is given one after the other, in the order of the calls; a failure does not stop the next. */
export type Mutex = <R>(work: () => Promise<R>) => Promise<R>

export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const run = last.then(work, work)
    last = run.catch(() => {})
    return run
  }
}
