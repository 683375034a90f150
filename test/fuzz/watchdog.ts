// A worker beside the driver: a round that never gives the thread back can only be told of from outside.
const STUCK_MS = 30_000
const CHECK_MS = 1000

/** Tells which round is under way. */
export interface Watchdog {
  begin(target: number, seed: number): void
  stop(): void
}

/** Ends this process, naming target and seed, when a round blocks it. */
export function watchRounds(names: readonly string[]): Watchdog {
  const shared = new Int32Array(new SharedArrayBuffer(12))
  const worker = new Worker(import.meta.url)
  worker.postMessage({ shared, names })
  worker.unref()
  return {
    begin(target, seed) {
      shared[0] = target
      shared[1] = seed
      Atomics.add(shared, 2, 1)
    },
    stop: () => worker.terminate(),
  }
}

if (!Bun.isMainThread) {
  addEventListener('message', (event: MessageEvent<{ shared: Int32Array; names: string[] }>) => {
    const { shared, names } = event.data
    let round = -1
    let changedMs = Date.now()
    setInterval(() => {
      const now = Atomics.load(shared, 2)
      if (now !== round) {
        round = now
        changedMs = Date.now()
      } else if (Date.now() - changedMs > STUCK_MS) {
        const name = names[shared[0] as number]
        console.error(
          `${name}: seed ${shared[1]} blocks for ever\n  again: npm run fuzz -- ${name} --seed ${shared[1]} --seconds 0`,
        )
        process.kill(process.pid, 'SIGKILL')
      }
    }, CHECK_MS)
  })
}
