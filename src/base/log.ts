/** Structured log: one event a line. Field values must never hold secrets (keys, signatures, tokens, bodies). */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

export type LogFields = Readonly<Record<string, unknown>>
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }

/**
 * A log that writes `HH:MM:SS level event key=value …` lines (or JSON lines) to `write`.
 * @param level the least level that is written
 */
export function createLog(
  level: LogLevel,
  format: 'text' | 'json',
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log {
  const at =
    (rank: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (RANK[rank] < RANK[level]) return
      const time = new Date()
      write(
        format === 'json'
          ? `${JSON.stringify({ time: time.toISOString(), level: rank, event, ...printable(fields) })}\n`
          : `${time.toISOString().slice(11, 19)} ${rank.padEnd(5)} ${event}${textFields(fields)}\n`,
      )
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** `log` with further fields in every line. */
export function logWith(log: Log, fixed: LogFields): Log {
  return {
    debug: (event, fields) => log.debug(event, { ...fixed, ...fields }),
    info: (event, fields) => log.info(event, { ...fixed, ...fields }),
    warn: (event, fields) => log.warn(event, { ...fixed, ...fields }),
    error: (event, fields) => log.error(event, { ...fixed, ...fields }),
  }
}

export const silentLog: Log = createLog('silent', 'text', () => {})

function printable(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? value.message : value]),
  )
}

function textFields(fields: LogFields): string {
  let text = ''
  for (const [name, value] of Object.entries(printable(fields))) {
    if (value === undefined) continue
    // Log lines are read in terminals: control characters of a client's bytes must not reach them.
    text += ` ${name}=${typeof value === 'string' && /^[\w./:@{}$*+-]+$/.test(value) ? value : JSON.stringify(value)}`
  }
  return text
}
