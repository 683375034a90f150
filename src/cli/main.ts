import { UsageError, unknown } from './arguments.ts'

/** A command gives its exit code: 0 done, 1 failed, 2 asked wrongly. */
export interface Command {
  run(texts: readonly string[]): Promise<number>
}

/** Loaded when asked for: starting must not pay for what it does not use. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: () => import('./commands/start.ts'),
  deploy: () => import('./commands/deploy.ts'),
  validate: () => import('./commands/validate.ts'),
  reset: () => import('./commands/reset.ts'),
  logs: () => import('./commands/logs.ts'),
  explain: () => import('./commands/explain.ts'),
  usage: () => import('./commands/usage.ts'),
  'who-can': () => import('./commands/who-can.ts'),
  vtl: () => import('./commands/vtl.ts'),
  version: () => import('./commands/version.ts'),
  help: () => import('./commands/help.ts'),
}

const ALIASES: Readonly<Record<string, string>> = { '--help': 'help', '-h': 'help', '--version': 'version' }

async function main(texts: readonly string[]): Promise<number> {
  const [first = 'help', ...rest] = texts
  const name = ALIASES[first] ?? first
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load === undefined) throw new UsageError(unknown('command', first, Object.keys(commands)))
  if (rest.includes('--help') || rest.includes('-h')) return (await import('./commands/help.ts')).run([name])
  return (await load()).run(rest)
}

/** Errors that tell a person what to do need no stack. */
const TOLD: ReadonlySet<string> = new Set([
  'UsageError',
  'ConfigError',
  'PricesError',
  'ProjectError',
  'StartError',
  'StoreUnavailable',
  'AwsError',
  'NoAnswer',
])

try {
  // Everything has ended by now; a socket that was dead when it was accepted can keep the runtime from seeing it.
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  const told = error instanceof Error && TOLD.has(error.name)
  console.error(`gatehouse: ${told ? error.message : ((error as Error).stack ?? String(error))}`)
  process.exit(error instanceof UsageError ? 2 : 1)
}
