/** Operations per second of `run`, called for about `seconds`. */
export function measure(run: () => unknown, seconds: number): number {
  // Asking for the time must cost nothing beside the operations.
  let batch = 1
  while (timeOf(run, batch) < 2) batch *= 2
  const began = performance.now()
  let count = 0
  let elapsedMs = 0
  while (elapsedMs < seconds * 1000) {
    for (let at = 0; at < batch; at++) run()
    count += batch
    elapsedMs = performance.now() - began
  }
  return (count / elapsedMs) * 1000
}

function timeOf(run: () => unknown, count: number): number {
  const began = performance.now()
  for (let at = 0; at < count; at++) run()
  return performance.now() - began
}

/**
 * Asks a Java engine: `command --bench SECONDS` reads cases as lines of JSON and writes `{ id, renders_per_s }` for each
 * (of paths, `reads_per_s`).
 * @returns operations per second by case
 */
export async function measureJava(
  command: string,
  cases: readonly Readonly<Record<string, unknown>>[],
  seconds: number,
): Promise<Map<string, number>> {
  const child = Bun.spawn([...command.split(' '), '--bench', String(seconds)], {
    stdin: new Blob([cases.map((row) => `${JSON.stringify(row)}\n`).join('')]),
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const lines = (await new Response(child.stdout).text()).split('\n').filter((line) => line !== '')
  if ((await child.exited) !== 0) throw new Error(`${command} ended with ${child.exitCode}`)
  const answers = lines.map((line) => JSON.parse(line) as Answer)
  return new Map(
    answers.map(({ id, renders_per_s, reads_per_s }) => [id, renders_per_s ?? reads_per_s ?? NaN]),
  )
}

interface Answer {
  readonly id: string
  readonly renders_per_s?: number
  readonly reads_per_s?: number
}
