import { parseArgs } from 'node:util'

/** How long to soak, by `--minutes N`. Ends the process where that is no number, or out of bounds. */
export function soakSeconds(): number {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
  const seconds = Number(values.minutes) * 60
  if (seconds >= 10 && seconds <= 7 * 86_400) return seconds
  console.error(`--minutes ${JSON.stringify(values.minutes)}: a number is expected, at least 0.2`)
  process.exit(2)
}
