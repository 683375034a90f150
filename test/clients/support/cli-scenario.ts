import { describe, expect, test } from 'bun:test'
import { installedAwsClis, runAwsCli } from './aws-cli.ts'
import { startControlPlane, type RunningControlPlane } from './control-plane.ts'

/** Each command takes a Python start. */
const scenarioTimeoutMs = 600_000

/** One command after the other: arguments, and what the answer must hold or the error must say. */
export interface CliStep {
  /** `{name}` is what an earlier answer gave under `keeps`. */
  readonly run: string
  readonly has?: object
  readonly fails?: RegExp
  /** Name → member of the answer, by its path. */
  readonly keeps?: Readonly<Record<string, string>>
}

/**
 * Plays a scenario with each AWS CLI of this machine, each against a control plane of its own.
 * @param service of the commands: `apigateway`
 * @param given names that are kept from the start; looked at when the tests run
 */
export function describeCliScenario(
  service: string,
  scenario: readonly CliStep[],
  given: () => Iterable<readonly [name: string, text: string]>,
): void {
  describe.concurrent('the AWS CLI', () => {
    for (const cli of installedAwsClis()) {
      test(
        cli.version,
        async () => {
          await using gateway: RunningControlPlane = startControlPlane()
          const kept = new Map(given())
          for (const { run, has, fails, keeps } of scenario) {
            const args = run.split(' ').map((argument) => filled(argument, kept))
            const { exitCode, output, error } = await runAwsCli(cli, gateway.url, [service, ...args])
            if (fails !== undefined) {
              expect({ run, failed: exitCode !== 0, error }).toEqual({
                run,
                failed: true,
                error: expect.stringMatching(fails) as string,
              })
              continue
            }
            expect({ run, exitCode, error: error.trim() }).toEqual({ run, exitCode: 0, error: '' })
            if (has !== undefined) expect({ run, output }).toMatchObject({ run, output: has })
            for (const [name, member] of Object.entries(keeps ?? {})) {
              kept.set(name, memberOf(output, member))
            }
          }
        },
        scenarioTimeoutMs,
      )
    }
  })
}

/** A text within an answer, by its path: `items.0.id`. */
function memberOf(output: unknown, path: string): string {
  return path
    .split('.')
    .reduce((at, name) => (at as Readonly<Record<string, unknown>>)[name], output) as string
}

/** `{name}` as it was kept; `{{id}}` is the text `{id}`. */
function filled(argument: string, kept: ReadonlyMap<string, string>): string {
  return argument
    .replace(/\{(\w+)\}(?!\})/g, (text, name: string) => kept.get(name) ?? text)
    .replace(/\{\{(\w+)\}\}/g, '{$1}')
}
