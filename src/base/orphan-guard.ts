type Shell = Bun.Subprocess<'pipe', 'ignore', 'ignore'>

/**
 * Ends the processes that we started when we are killed ourselves, however busy they are: a small shell holds the
 * other end of a pipe from us and a list of process groups; when the pipe closes it kills them all. Where there is no
 * shell (Windows) this does nothing: function runtimes end by themselves once the runtime API is gone.
 */
export class OrphanGuard {
  readonly #graceSeconds: number
  readonly #groups = new Set<number>()
  #shell: Shell | undefined

  /** @param graceSeconds how long they may take to end by themselves */
  constructor(graceSeconds = 0) {
    this.#graceSeconds = graceSeconds
  }

  add(groupId: number): void {
    this.#groups.add(groupId)
    if (process.platform === 'win32') return
    if (this.#shell === undefined) this.#start()
    else void this.#tell(this.#shell, `+ ${groupId}\n`)
  }

  remove(groupId: number): void {
    this.#groups.delete(groupId)
    if (this.#shell !== undefined) void this.#tell(this.#shell, `- ${groupId}\n`)
  }

  /** Closes the pipe: what is still listed is killed. */
  async stop(): Promise<void> {
    const shell = this.#shell
    this.#shell = undefined
    this.#groups.clear()
    if (shell === undefined) return
    await shell.stdin.end()
    await shell.exited
  }

  #start(): void {
    const shell = Bun.spawn(['/bin/sh', '-c', SCRIPT, 'sh', String(this.#graceSeconds)], {
      stdin: 'pipe',
      stdout: 'ignore',
      stderr: 'ignore',
      env: { PATH: '/usr/bin:/bin' },
      // Its own session: a Ctrl-C for us must not end it first.
      detached: true,
      onExit: () => {
        if (this.#shell !== shell) return
        this.#shell = undefined
        // Somebody has killed it: what runs needs another one.
        if (this.#groups.size > 0) this.#start()
      },
    })
    this.#shell = shell
    void this.#tell(shell, [...this.#groups].map((group) => `+ ${group}\n`).join(''))
  }

  async #tell(shell: Shell, lines: string): Promise<void> {
    try {
      await shell.stdin.write(lines)
      await shell.stdin.flush()
    } catch {
      // It is gone, which its end tells.
    }
  }
}

const SCRIPT = `
groups=
while read -r sign group; do
  if [ "$sign" = + ]; then groups="$groups $group"; continue; fi
  kept=
  for each in $groups; do [ "$each" = "$group" ] || kept="$kept $each"; done
  groups=$kept
done
seconds=0
while [ -n "$groups" ]; do
  kept=
  for each in $groups; do kill -0 "-$each" && kept="$kept $each"; done
  groups=$kept
  if [ "$seconds" -ge "$1" ]; then break; fi
  if [ -n "$groups" ]; then sleep 1; fi
  seconds=$((seconds + 1))
done
for each in $groups; do kill -9 "-$each"; done
`
