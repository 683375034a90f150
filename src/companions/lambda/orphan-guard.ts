/**
 * Ends the processes of functions when the gateway itself is killed, however busy they are: a small shell holds the
 * other end of a pipe from us and a list of process groups; when the pipe closes it kills them all. Where there is no
 * shell (Windows), runtimes end by themselves once the runtime API is gone.
 */
export class OrphanGuard {
  #shell: Bun.Subprocess<'pipe', 'ignore', 'ignore'> | undefined

  add(groupId: number): void {
    this.#tell(`+ ${groupId}\n`)
  }

  remove(groupId: number): void {
    this.#tell(`- ${groupId}\n`)
  }

  /** Closes the pipe: what is still listed is killed. */
  async stop(): Promise<void> {
    const shell = this.#shell
    this.#shell = undefined
    if (shell === undefined) return
    await shell.stdin.end()
    await shell.exited
  }

  #tell(line: string): void {
    if (process.platform === 'win32') return
    this.#shell ??= Bun.spawn(['/bin/sh', '-c', SCRIPT], {
      stdin: 'pipe',
      stdout: 'ignore',
      stderr: 'ignore',
      env: {},
      // Its own session: a Ctrl-C for us must not end it first.
      detached: true,
    })
    void this.#shell.stdin.write(line)
    void this.#shell.stdin.flush()
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
for each in $groups; do kill -9 "-$each"; done
`
