import { existsSync } from 'node:fs'

/** An `aws` command of this machine. */
export interface AwsCli {
  readonly path: string
  /** `aws-cli/1.45.11 Python/…` */
  readonly version: string
}

/** The AWS CLIs of this machine, one a version: that of the PATH, and the distribution's. */
export function installedAwsClis(): readonly AwsCli[] {
  const found = new Map<string, AwsCli>()
  for (const path of [Bun.which('aws'), '/usr/bin/aws', '/usr/local/bin/aws']) {
    if (path === null || !existsSync(path)) continue
    const { stdout, exitCode } = Bun.spawnSync([path, '--version'], { stderr: 'ignore' })
    const version = stdout.toString().trim()
    if (exitCode === 0 && !found.has(version)) found.set(version, { path, version })
  }
  return [...found.values()]
}

/** What a command printed and how it ended. */
export interface CliRun {
  readonly exitCode: number
  /** Parsed standard output; undefined when there was none. */
  readonly output: unknown
  readonly error: string
}

/** Runs `aws {args}` against `url`, with any credentials and none of the machine's own settings. */
export async function runAwsCli(cli: AwsCli, url: string, args: readonly string[]): Promise<CliRun> {
  const child = Bun.spawn(
    [cli.path, ...args, '--endpoint-url', url, '--output', 'json', '--no-cli-pager'].filter(
      // Version 1 has no pager and no such option.
      (argument) => argument !== '--no-cli-pager' || cli.version.startsWith('aws-cli/2'),
    ),
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        AWS_ACCESS_KEY_ID: '111111111111',
        AWS_SECRET_ACCESS_KEY: 'any',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_MAX_ATTEMPTS: '1',
      },
      stdout: 'pipe',
      stderr: 'pipe',
      stdin: 'ignore',
    },
  )
  const [printed, error, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { exitCode, output: printed.trim() === '' ? undefined : (JSON.parse(printed) as unknown), error }
}
