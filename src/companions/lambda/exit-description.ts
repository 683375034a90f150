/** Names of signals as Lambda's messages spell them. */
const SIGNALS: Readonly<Record<string, string>> = {
  SIGHUP: 'hangup',
  SIGINT: 'interrupt',
  SIGQUIT: 'quit',
  SIGILL: 'illegal instruction',
  SIGTRAP: 'trace/breakpoint trap',
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGPIPE: 'broken pipe',
  SIGALRM: 'alarm clock',
  SIGTERM: 'terminated',
}

/** How Lambda tells that a runtime's process ended; status 0 gives no reason (recorded on AWS). */
export function exitDescription(exitCode: number | null, signal: string | null): string {
  if (signal !== null) return `Runtime exited with error: signal: ${SIGNALS[signal] ?? signal}`
  if (exitCode === null || exitCode === 0) return 'Runtime exited without providing a reason'
  return `Runtime exited with error: exit status ${exitCode}`
}
