import type { Diagnostic } from '#base/diagnostic.ts'

/** `file:3:5: warning: …`, which editors and terminals open. */
export function diagnosticLine(file: string, { severity, message, line, column }: Diagnostic): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`
  return `${place}: ${severity}: ${message}`
}
